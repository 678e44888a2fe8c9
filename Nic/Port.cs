using Chainring.Kernels;
using Chainring.Nic.Rss;
using Chainring.Nic.Wire;

namespace Chainring.Nic;

/// <summary>
/// One port: an interface index, a wire, the RX queues that what comes off the wire is spread over, and the TX queues, one per CPU, that what
/// leaves by it goes through. One thread receives; it may serve the queues too (<see cref="Poll"/>), or leave that to theirs
/// (<see cref="Receive(int, IFrameSink)"/>).
/// </summary>
public sealed class Port
{
    readonly SmartNic _card;
    readonly PortConfig _config;
    readonly Arrivals _arrivals;
    readonly long[] _missed = new long[MissReasons.All.Count];
    readonly long[] _checksums = new long[Enum.GetValues<ChecksumStatus>().Length];
    readonly RxQueue[] _queues;
    readonly TxQueue[] _tx;
    readonly int _longestFrame, _longestOfOnePiece;
    readonly bool _coalescesByTime;
    volatile PacketHasher _hasher;
    volatile bool _linkUp = true;
    long _fromHostSent, _fromHostBytes, _fromHostRefused;

    /// <param name="arrivals">Shared by ports that one thread receives for; null for the port's own.</param>
    public Port(SmartNic card, uint ifindex, IWire wire, PortConfig? config = null, Arrivals? arrivals = null)
    {
        _config = config ?? new PortConfig();
        if (_config.Queues > card.Capabilities.Queues)
            throw new ArgumentException($"{_config.Queues} queues on a card with {card.Capabilities.Queues}", nameof(config));
        _card = card;
        _arrivals = arrivals ?? new Arrivals();
        Ifindex = ifindex;
        Wire = wire;
        _hasher = HasherOf(_config.Rss ?? RssConfig.Even(_config.Queues));
        _queues = [.. Enumerable.Range(0, _config.Queues).Select(n => new RxQueue(card, n, _config))];
        _tx = [.. Enumerable.Range(0, card.Capabilities.Queues).Select(cpu => new TxQueue(this, cpu))];
        _longestFrame = _config.LongestFrame;
        _longestOfOnePiece = Math.Min(card.Capabilities.FrameBytes, _longestFrame);
        _coalescesByTime = _config.CoalesceNs != 0;
        card.Network.Add(new(ifindex, _config.Mtu, _config.Mac.Value) { Addresses = _config.Addresses, Forwards = _config.Forwarding });
    }

    public uint Ifindex { get; }

    /// <summary>The interface's name, <c>portN</c> with its index if it was given none.</summary>
    public string Name => _config.Name.Length > 0 ? _config.Name : $"port{Ifindex}";

    public PortConfig Config => _config;

    public IWire Wire { get; set; }

    /// <summary>The host behind the port: frames that pass are sent there, and what it sends goes out of the port (see <see cref="SendFromHost"/>).</summary>
    public IWire Host { get; set; } = new NullWire();

    /// <summary>While false nothing is received or sent: what the wire brings is missed. Any thread may change it.</summary>
    public bool LinkUp
    {
        get => _linkUp;
        set => _linkUp = value;
    }

    /// <summary>Frames of the host that went out of the port, their bytes, and frames that its wire did not take.</summary>
    public (long Sent, long Bytes, long Refused) FromHost =>
        (Volatile.Read(ref _fromHostSent), Volatile.Read(ref _fromHostBytes), Volatile.Read(ref _fromHostRefused));

    public IReadOnlyList<RxQueue> Queues => _queues;

    /// <summary>What leaves by this port, by the CPU that sends it.</summary>
    public IReadOnlyList<TxQueue> TxQueues => _tx;

    /// <summary>Frames taken from the wire, whatever became of them.</summary>
    public long RxFrames { get; private set; }

    public long RxBytes { get; private set; }

    /// <summary>Frames of which the wire had only the beginning.</summary>
    public long RxTruncated { get; private set; }

    /// <summary>Frames whose VLAN tag was taken out.</summary>
    public long VlanStripped { get; private set; }

    public long Missed(MissReason reason) => _missed[(int)reason];

    /// <summary>Frames by what was found of their checksums, where the port checks them.</summary>
    public long Checksums(ChecksumStatus status) => _checksums[(int)status];

    /// <summary>Frames that ended so, of those that this port received.</summary>
    public long Ended(FrameEnd end) => _queues.Sum(q => q.Ended(end));

    /// <summary>Makes the thread that receives wait until a queue has room; null, and it serves the queue instead.</summary>
    internal Action<RxQueue>? WaitForRoom { get; set; }

    /// <summary>Spreads frames in another way from now on. Any thread may call it.</summary>
    public void Spread(RssConfig rss) => _hasher = HasherOf(rss);

    /// <summary>
    /// Takes up to <paramref name="budget"/> frames from the wire, serves each queue when it is due, and at the end every queue that has
    /// frames waiting. Returns how many frames there were.
    /// </summary>
    public int Poll(int budget, IFrameSink sink)
    {
        int taken = 0;
        while (taken < budget && TryPollOne(sink)) taken++;
        if (taken == 0) EndStalls();
        ServeWaiting(sink);
        return taken;
    }

    /// <summary>Takes one frame from the wire and serves queues that are due; false if there is none.</summary>
    public bool TryPollOne(IFrameSink sink)
    {
        if (!Wire.TryReceive(out var frame)) return false;
        var queue = Receive(frame, sink);
        if (_coalescesByTime) ServeDue(sink);
        else if (queue is { IsDue: true }) queue.Poll(sink);
        return true;
    }

    /// <summary>Serves every queue until nothing waits, but for those that stall.</summary>
    public void ServeWaiting(IFrameSink sink)
    {
        foreach (var queue in _queues)
        {
            while (queue.Waiting > 0 && !queue.Stalled) queue.Poll(sink);
        }
    }

    /// <summary>Takes up to <paramref name="budget"/> frames from the wire and leaves them in their queues' rings.</summary>
    internal int Receive(int budget, IFrameSink sink)
    {
        int taken = 0;
        for (; taken < budget && Wire.TryReceive(out var frame); taken++) Receive(frame, sink);
        return taken;
    }

    /// <summary>Rings that stall are served again.</summary>
    public void EndStalls()
    {
        foreach (var queue in _queues) queue.Stalled = false;
    }

    /// <summary>Sends up to <paramref name="budget"/> of the host's frames out of the port, past every program; returns how many there were.</summary>
    public int SendFromHost(int budget)
    {
        int taken = 0;
        for (; taken < budget && Host.TryReceive(out var frame); taken++)
        {
            // A queue number that no CPU has.
            if (_linkUp && Wire.TrySend(frame.Bytes, frame.TimestampNs, _tx.Length))
            {
                _fromHostSent++;
                _fromHostBytes += frame.Bytes.Length;
            }
            else
            {
                _fromHostRefused++;
            }
        }
        return taken;
    }

    /// <summary>Whether a frame of that length may be redirected out of this port, as Linux' xdp_ok_fwd_dev has it: one tag is no part of the MTU.</summary>
    internal bool Fits(int length) => length <= _config.Mtu + EthernetHeader.Bytes + VlanTag.Bytes;

    void ServeDue(IFrameSink sink)
    {
        foreach (var queue in _queues)
        {
            if (queue.IsDue || queue.HasWaited(_arrivals.ClockNs)) queue.Poll(sink);
        }
    }

    /// <summary>The queue that a frame went to; null if it was missed.</summary>
    RxQueue? Receive(in WireFrame frame, IFrameSink sink)
    {
        long index = _arrivals.Number(frame.TimestampNs);
        RxFrames++;
        RxBytes += frame.Bytes.Length;
        if ((uint)frame.Bytes.Length < frame.OriginalLength) RxTruncated++;

        if (Defect(frame) is { } defect) return Miss(frame, index, defect, sink);

        var hints = default(RxHints);
        int number = 0;
        if (_queues.Length > 1 || _card.ReadsRxHash)
        {
            var hash = _hasher.Of(frame.Bytes);
            number = hash.Queue;
            (hints.Hash, hints.HashType, hints.HasHash) = (hash.Hash, hash.Type, hash.Type != HashType.None);
        }
        if (_config.RxChecksum) _checksums[(int)(hints.Checksum = ChecksumChecker.Of(frame.Bytes))]++;
        if (_config.VlanStrip && VlanTag.Find(frame.Bytes, ref hints)) VlanStripped++;

        var queue = _queues[number];
        queue.Stalled = frame.Fault == RxFault.StalledRing;
        if (_config.Pause && !queue.HasRoom && !queue.Stalled) MakeRoom(queue, sink);
        return queue.TryReceive(frame, index, _arrivals.ClockNs, Ifindex, hints) ? queue : Miss(frame, index, MissReason.RingFull, sink);
    }

    /// <summary>Why a frame cannot be put into a ring at all; null if it can.</summary>
    MissReason? Defect(in WireFrame frame) =>
        !_linkUp ? MissReason.LinkDown
        : frame.Fault == RxFault.BadDescriptor ? MissReason.BadDescriptor
        : frame.Bytes.Length > _longestOfOnePiece && (frame.Bytes.Length > _longestFrame || !_card.TakesFragments) ? MissReason.FrameTooLong
        : frame.Bytes.Length < Frame.MinLength ? MissReason.FrameTooShort
        : null;

    RxQueue? Miss(in WireFrame frame, long index, MissReason reason, IFrameSink sink)
    {
        _missed[(int)reason]++;
        sink.Missed(frame, index, reason);
        return null;
    }

    void MakeRoom(RxQueue queue, IFrameSink sink)
    {
        if (WaitForRoom is { } wait) wait(queue);
        else queue.Poll(sink);
    }

    PacketHasher HasherOf(RssConfig rss)
    {
        if (rss.Table.Length != RssConfig.TableEntries || rss.Table.Any(queue => queue >= _config.Queues))
            throw new ArgumentException($"an indirection table has {RssConfig.TableEntries} entries, each one of the port's queues", nameof(rss));
        return new PacketHasher(rss);
    }
}
