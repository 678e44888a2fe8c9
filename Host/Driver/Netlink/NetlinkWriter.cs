using System.Buffers.Binary;
using System.Text;

namespace Chainring.Host.Driver.Netlink;

/// <summary>Writes netlink messages: a header, what the family puts behind it, attributes. All numbers in the host's order.</summary>
sealed class NetlinkWriter
{
    const int LengthAt = 0;

    readonly List<byte> _bytes = [];
    readonly Stack<int> _nests = new();

    /// <summary>Bytes so far.</summary>
    public int Length => _bytes.Count;

    /// <summary>The header; its length is filled in by <see cref="Finish"/>.</summary>
    public static NetlinkWriter Begin(ushort type, ushort flags, uint sequence, uint portId)
    {
        var writer = new NetlinkWriter();
        writer.Put(0u);
        writer.Put(type);
        writer.Put(flags);
        writer.Put(sequence);
        writer.Put(portId);
        return writer;
    }

    public void Put(byte value) => _bytes.Add(value);

    public void Put(ushort value) => Put<ushort>(value);

    public void Put(uint value) => Put<uint>(value);

    public void Put(int value) => Put<int>(value);

    public void Put(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    public void Attribute(ushort type, ReadOnlySpan<byte> payload)
    {
        Put((ushort)(NetlinkHeader.AttributeBytes + payload.Length));
        Put(type);
        Put(payload);
        Align();
    }

    public void Attribute(ushort type, byte value) => Attribute(type, [value]);

    public void Attribute(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Attribute(type, bytes);
    }

    public void Attribute(ushort type, int value) => Attribute(type, (uint)value);

    public void Attribute(ushort type, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Attribute(type, bytes);
    }

    /// <summary>Text with its zero.</summary>
    public void Attribute(ushort type, string text) => Attribute(type, Encoding.UTF8.GetBytes(text + '\0'));

    /// <summary>A 64-bit number at a multiple of 8, behind an empty attribute if need be.</summary>
    public void Attribute64(ushort type, ulong value, ushort pad)
    {
        if ((_bytes.Count + NetlinkHeader.AttributeBytes) % sizeof(ulong) != 0) Attribute(pad, []);
        Attribute(type, value);
    }

    public void BeginNest(ushort type)
    {
        _nests.Push(_bytes.Count);
        Put((ushort)0);
        Put(type);
    }

    public void EndNest()
    {
        int start = _nests.Pop();
        Set16(start, (ushort)(_bytes.Count - start));
    }

    /// <summary>The message, with its length.</summary>
    public byte[] Finish()
    {
        byte[] message = [.. _bytes];
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(LengthAt), message.Length);
        return message;
    }

    void Align()
    {
        while (_bytes.Count % NetlinkHeader.Alignment != 0) _bytes.Add(0);
    }

    void Set16(int at, ushort value) => (_bytes[at], _bytes[at + 1]) = ((byte)value, (byte)(value >> 8));

    void Put<T>(T value) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        Span<byte> bytes = stackalloc byte[System.Runtime.CompilerServices.Unsafe.SizeOf<T>()];
        value.WriteLittleEndian(bytes);
        _bytes.AddRange(bytes);
    }
}
