namespace Chainring.Nic.Wire;

/// <summary>A frame as it comes off a wire; its bytes are valid until the next one is taken.</summary>
public readonly ref struct WireFrame(ReadOnlySpan<byte> bytes, ulong timestampNs, uint originalLength)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Nanoseconds since the epoch.</summary>
    public ulong TimestampNs { get; } = timestampNs;

    /// <summary>Bytes that the frame had on the medium; more than <see cref="Bytes"/> if a capture cut it.</summary>
    public uint OriginalLength { get; } = originalLength;
}

/// <summary>Where a port's frames come from.</summary>
public interface IWire
{
    /// <summary>Takes the next frame; false when there is none (now, or ever).</summary>
    bool TryReceive(out WireFrame frame);
}
