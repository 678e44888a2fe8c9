using Chainring.Kernels;
using Chainring.Nic.Rss;
using Chainring.Nic.Wire;

namespace Chainring.Nic;

/// <summary>Why a frame that a port received never reached the chain.</summary>
public enum MissReason : byte
{
    /// <summary>Longer than a buffer holds for a program without frags support.</summary>
    FrameTooLong,

    /// <summary>Shorter than an Ethernet header.</summary>
    FrameTooShort,

    /// <summary>Its queue's ring was full.</summary>
    RingFull,
}

/// <summary>
/// One port: an interface index, a wire, and the RX queues that what comes off the wire is spread over. The clock that its frames carry
/// never runs backwards, whatever the wire's timestamps do.
/// </summary>
public sealed class Port
{
    readonly SmartNic _card;
    readonly PacketHasher _hasher;
    readonly long[] _missed = new long[Enum.GetValues<MissReason>().Length];
    readonly RxQueue[] _queues;
    readonly bool _coalescesByTime;
    long _arrived;
    ulong _clockNs;

    public Port(SmartNic card, uint ifindex, IWire wire, PortConfig? config = null)
    {
        config ??= new PortConfig();
        if (config.Queues > card.Capabilities.Queues)
            throw new ArgumentException($"{config.Queues} queues on a card with {card.Capabilities.Queues}", nameof(config));
        var rss = config.Rss ?? RssConfig.Even(config.Queues);
        if (rss.Table.Length != RssConfig.TableEntries || rss.Table.Any(queue => queue >= config.Queues))
            throw new ArgumentException($"an indirection table has {RssConfig.TableEntries} entries, each one of the port's queues", nameof(config));
        _card = card;
        Ifindex = ifindex;
        Wire = wire;
        _hasher = new PacketHasher(rss);
        _queues = [.. Enumerable.Range(0, config.Queues).Select(n => new RxQueue(card, n, config))];
        _coalescesByTime = config.CoalesceNs != 0;
    }

    public uint Ifindex { get; }

    public IWire Wire { get; set; }

    /// <summary>The host behind the port: frames that pass are sent there, and what it sends goes out of the port (see <see cref="SendFromHost"/>).</summary>
    public IWire Host { get; set; } = new NullWire();

    /// <summary>Frames of the host that went out of the port, and those that its wire did not take.</summary>
    public (long Sent, long Refused) FromHost { get; private set; }

    public IReadOnlyList<RxQueue> Queues => _queues;

    /// <summary>Frames taken from the wire, whatever became of them.</summary>
    public long RxFrames => _arrived;

    public long RxBytes { get; private set; }

    /// <summary>Frames of which the wire had only the beginning.</summary>
    public long RxTruncated { get; private set; }

    public long Missed(MissReason reason) => _missed[(int)reason];

    /// <summary>The word for a reason in counters and reports.</summary>
    public static string NameOf(MissReason reason) => reason switch
    {
        MissReason.FrameTooLong => "frame-too-long",
        MissReason.FrameTooShort => "frame-too-short",
        MissReason.RingFull => "ring-full",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    /// <summary>
    /// Takes up to <paramref name="budget"/> frames from the wire, serves each queue when it is due, and at the end every queue that has
    /// frames waiting. Returns how many frames there were.
    /// </summary>
    public int Poll(int budget, IFrameSink sink)
    {
        int taken = 0;
        while (taken < budget && Wire.TryReceive(out var frame))
        {
            taken++;
            var queue = Receive(frame, sink);
            if (_coalescesByTime) ServeDue(sink);
            else if (queue is { IsDue: true }) queue.Poll(sink);
        }
        foreach (var queue in _queues)
        {
            while (queue.Waiting > 0) queue.Poll(sink);
        }
        return taken;
    }

    /// <summary>Sends up to <paramref name="budget"/> of the host's frames out of the port, past every program; returns how many there were.</summary>
    public int SendFromHost(int budget)
    {
        int taken = 0;
        for (; taken < budget && Host.TryReceive(out var frame); taken++)
        {
            FromHost = Wire.TrySend(frame.Bytes, frame.TimestampNs, queue: 0)
                ? (FromHost.Sent + 1, FromHost.Refused)
                : (FromHost.Sent, FromHost.Refused + 1);
        }
        return taken;
    }

    void ServeDue(IFrameSink sink)
    {
        foreach (var queue in _queues)
        {
            if (queue.IsDue || queue.HasWaited(_clockNs)) queue.Poll(sink);
        }
    }

    /// <summary>The queue that a frame went to; null if it was missed.</summary>
    RxQueue? Receive(in WireFrame frame, IFrameSink sink)
    {
        long index = _arrived++;
        RxBytes += frame.Bytes.Length;
        if ((uint)frame.Bytes.Length < frame.OriginalLength) RxTruncated++;
        _clockNs = Math.Max(_clockNs, frame.TimestampNs);

        var missed = frame.Bytes.Length > _card.Capabilities.FrameBytes ? MissReason.FrameTooLong : MissReason.FrameTooShort;
        if (frame.Bytes.Length >= Frame.MinLength && frame.Bytes.Length <= _card.Capabilities.FrameBytes)
        {
            // With one queue there is nothing to choose.
            var hash = _queues.Length == 1 ? default : _hasher.Of(frame.Bytes);
            if (_queues[hash.Queue].TryReceive(frame, index, _clockNs, Ifindex)) return _queues[hash.Queue];
            missed = MissReason.RingFull;
        }
        _missed[(int)missed]++;
        sink.Missed(frame, index, missed);
        return null;
    }
}
