namespace Chainring.Nic.Pcap;

/// <summary>One frame of a capture, valid until the reader's next read.</summary>
public readonly ref struct PcapRecord(ulong timestampNs, ReadOnlySpan<byte> frame, uint originalLength, long offset)
{
    /// <summary>Since 1970-01-01 UTC.</summary>
    public ulong TimestampNs { get; } = timestampNs;

    /// <summary>What was captured, from the destination address on.</summary>
    public ReadOnlySpan<byte> Frame { get; } = frame;

    /// <summary>The frame's length on the wire; never less than that of <see cref="Frame"/>.</summary>
    public uint OriginalLength { get; } = originalLength;

    /// <summary>Where the record's header begins in the file.</summary>
    public long Offset { get; } = offset;

    public bool Truncated => Frame.Length < OriginalLength;
}
