using System.Buffers.Binary;

namespace Chainring.Host.Driver.Emulated;

/// <summary>Numbers at places of a structure, in the host's order (little-endian).</summary>
readonly ref struct Fields(Span<byte> bytes)
{
    readonly Span<byte> _bytes = bytes;

    public int Length => _bytes.Length;

    public uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[at..]);

    public int I32(int at) => BinaryPrimitives.ReadInt32LittleEndian(_bytes[at..]);

    public ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[at..]);

    /// <summary>Text of up to so many bytes, up to its zero; null if it has none.</summary>
    public string? Text(int at, int most)
    {
        var text = _bytes.Slice(at, most);
        int end = text.IndexOf((byte)0);
        return end < 0 ? null : System.Text.Encoding.Latin1.GetString(text[..end]);
    }

    public void Set(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes[at..], value);

    public void Set(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(_bytes[at..], value);

    /// <summary>The rest of the room stays zero.</summary>
    public void Set(int at, string text) => System.Text.Encoding.Latin1.GetBytes(text, _bytes[at..]);
}
