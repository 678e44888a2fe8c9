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

/// <summary>
/// What a port is plugged into. One thread receives; several may send at once, each with its own queue number. Wires stack: tracer,
/// fault injector and capture tap are wires around wires.
/// </summary>
public interface IWire : IDisposable
{
    /// <summary>Takes the next frame, without waiting; false when there is none now.</summary>
    bool TryReceive(out WireFrame frame);

    /// <summary>No frame will come any more.</summary>
    bool Ended { get; }

    /// <summary>Waits until a frame may be there, or that long.</summary>
    void Wait(TimeSpan atMost);

    /// <summary>Sends a frame; false if the wire does not take it. Nothing of it is kept.</summary>
    bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue);
}
