using Chainring.Nic.Rss;

namespace Chainring.Nic;

/// <summary>How a port is set up.</summary>
public sealed record PortConfig
{
    public const int DefaultRing = 1024;

    /// <summary>RX queues; queue n is served by CPU n.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Frames that wait in one queue's ring at most; what comes on top is missed.</summary>
    public int Ring { get; init; } = DefaultRing;

    /// <summary>Frames that a queue is polled for at once.</summary>
    public int Batch { get; init; } = 256;

    /// <summary>A queue is served as soon as that many frames wait in it, but no more than its ring holds.</summary>
    public int CoalesceFrames { get; init; } = int.MaxValue;

    /// <summary>A queue is served when its oldest frame has waited that long, by the wire's clock; 0 for no such limit.</summary>
    public ulong CoalesceNs { get; init; }

    /// <summary>How frames are spread over the queues; null for evenly.</summary>
    public RssConfig? Rss { get; init; }
}
