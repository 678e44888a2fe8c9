using Chainring.Offload.Spec;

namespace Chainring.Tests.Oracle;

/// <summary>
/// The least BTF with which the kernel admits tail calls in functions: each one is static and returns int. What the object file says
/// of their types is not asked.
/// </summary>
static class FunctionTypes
{
    const uint Magic = 0xeb9f, Version = 1, HeaderBytes = 24;
    const uint IntId = 1, PrototypeId = 2, FirstFunctionId = 3;
    const uint IntKind = 1u << 24, FunctionKind = 12u << 24, PrototypeKind = 13u << 24;
    const uint Signed32 = 1u << 24 | 32;

    /// <summary>Header, types, strings (Documentation/bpf/btf.rst).</summary>
    public static byte[] Btf(IReadOnlyList<FunctionSpec> functions)
    {
        using var types = new MemoryStream();
        using var strings = new MemoryStream();
        strings.WriteByte(0);
        Words(types, Name(strings, "int"), IntKind, sizeof(int), Signed32);
        Words(types, 0, PrototypeKind, IntId);
        foreach (var function in functions) Words(types, Name(strings, function.Name), FunctionKind, PrototypeId);

        using var all = new MemoryStream();
        Words(all, Magic | Version << 16, HeaderBytes, 0, (uint)types.Length, (uint)types.Length, (uint)strings.Length);
        types.WriteTo(all);
        strings.WriteTo(all);
        return all.ToArray();
    }

    /// <summary>Where each function starts, with its type in <see cref="Btf"/>.</summary>
    public static FunctionInfo[] Info(IReadOnlyList<FunctionSpec> functions) =>
        [.. functions.Select((f, at) => new FunctionInfo((uint)f.Start, FirstFunctionId + (uint)at))];

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
