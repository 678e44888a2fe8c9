using System.Buffers.Binary;

namespace Chainring.Tests.Host.Cli;

/// <summary>A capture as plainly as can be, so that the command's reader and writer are not judged by themselves.</summary>
public sealed class RawCapture
{
    /// <summary>The four words before a frame, as they stand in the file.</summary>
    public readonly record struct Record(uint Seconds, uint Fraction, uint Captured, uint Original, byte[] Frame);

    public RawCapture(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        BigEndian = file[0] == 0xa1;
        Nanoseconds = Word(file, 0) == 0xa1b23c4d;
        for (int at = 24; at < file.Length;)
        {
            int captured = (int)Word(file, at + 8);
            Records.Add(new(Word(file, at), Word(file, at + 4), (uint)captured, Word(file, at + 12), file[(at + 16)..(at + 16 + captured)]));
            at += 16 + captured;
        }
    }

    public bool BigEndian { get; }

    public bool Nanoseconds { get; }

    public List<Record> Records { get; } = [];

    /// <summary>CRC-32 bit by bit, from its definition.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xffffffff;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
        }
        return ~crc;
    }

    uint Word(byte[] file, int at) =>
        BigEndian ? BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at)) : BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));
}
