using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Peers;

/// <summary>The least BTF with which the kernel finds the lock in a map's values: keys are bytes (of an array a number), and so is the rest of a value.</summary>
public static class LockTypes
{
    public const uint KeyId = 4, ValueId = 5;

    const uint Magic = 0xeb9f, Version = 1, HeaderBytes = 24;
    const uint IntKind = 1u << 24, ArrayKind = 3u << 24, StructKind = 4u << 24;
    const uint WordId = 1, ByteId = 2, LockId = 3;

    public static byte[] Btf(MapSpec map)
    {
        using var types = new MemoryStream();
        using var strings = new MemoryStream();
        strings.WriteByte(0);
        Words(types, Name(strings, "word"), IntKind, sizeof(uint), 32);
        Words(types, Name(strings, "byte"), IntKind, sizeof(byte), 8);
        Words(types, Name(strings, "bpf_spin_lock"), StructKind | 1, MapSpec.LockBytes, Name(strings, "val"), WordId, 0);
        if (map.Type == MapType.Array) Words(types, Name(strings, "key"), IntKind, sizeof(uint), 32);
        else Words(types, 0, ArrayKind, 0, ByteId, WordId, (uint)map.KeySize);
        Words(types, Name(strings, "value"), StructKind | 1, (uint)map.ValueSize, Name(strings, "lock"), LockId, 8 * (uint)map.LockOffset!.Value);

        using var all = new MemoryStream();
        Words(all, Magic | Version << 16, HeaderBytes, 0, (uint)types.Length, (uint)types.Length, (uint)strings.Length);
        types.WriteTo(all);
        strings.WriteTo(all);
        return all.ToArray();
    }

    static uint Name(MemoryStream strings, string name)
    {
        uint at = (uint)strings.Length;
        strings.Write(System.Text.Encoding.UTF8.GetBytes(name + '\0'));
        return at;
    }

    static void Words(MemoryStream stream, params ReadOnlySpan<uint> words)
    {
        foreach (uint word in words) stream.Write(BitConverter.GetBytes(word));
    }
}
