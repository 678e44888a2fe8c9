namespace Chainring.Kernels;

/// <summary>By which way an event left its program.</summary>
public enum EventKind : byte { Perf, RingBuffer, Trace }

/// <summary>Something that a program put out while it ran on a frame. Its bytes lie in the log that gave it.</summary>
public readonly ref struct CardEvent
{
    public required EventKind Kind { get; init; }

    /// <summary>The frame's index.</summary>
    public required long Frame { get; init; }

    public required ulong TimestampNs { get; init; }

    /// <summary>The queue's number.</summary>
    public required int Cpu { get; init; }

    /// <summary>Id of the program whose code put it out: the one that a tail call led to, if one did.</summary>
    public required uint Program { get; init; }

    /// <summary>Id of the map; 0 for a trace.</summary>
    public required uint Map { get; init; }

    /// <summary>What the program gave, then what it had appended of the packet.</summary>
    public required ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Bytes at the end of <see cref="Data"/> that are the packet's.</summary>
    public required int PacketBytes { get; init; }

    public ReadOnlySpan<byte> Packet => Data[^PacketBytes..];
}
