namespace Chainring.Nic.Wire;

/// <summary>What is wrong with the way by which a frame reaches its ring, as fault injectors have it.</summary>
public enum RxFault : byte
{
    None,

    /// <summary>The descriptor that was written for it cannot be used.</summary>
    BadDescriptor,

    /// <summary>From this frame on its ring is not served, until one without this mark comes or nothing does.</summary>
    StalledRing,
}

/// <summary>A frame as it comes off a wire; its bytes are valid until the next one is taken.</summary>
public readonly ref struct WireFrame(ReadOnlySpan<byte> bytes, ulong timestampNs, uint originalLength, RxFault fault = RxFault.None)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Nanoseconds since the epoch.</summary>
    public ulong TimestampNs { get; } = timestampNs;

    /// <summary>Bytes that the frame had on the medium; more than <see cref="Bytes"/> if a capture cut it.</summary>
    public uint OriginalLength { get; } = originalLength;

    public RxFault Fault { get; } = fault;
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

    /// <summary>Sends frames in their order and marks those that it took; the same as one by one, unless a wire knows a cheaper way.</summary>
    void Send(TxBulk bulk)
    {
        for (int n = 0; n < bulk.Count; n++)
        {
            if (TrySend(bulk.Bytes(n), bulk.TimestampNs(n), bulk.Queue)) bulk.Take(n);
        }
    }
}
