using System.Numerics;

namespace Chainring.Nic.Wire.Wrappers;

/// <summary>
/// One direction of a faulty wire, and the account of it. For one thread at a time; numbers that another reads are a little old. At
/// any time
/// <code>
/// Taken + Count(Duplicate) = Given + Refused + Count(Drop) + Count(LinkDown) + Held
/// </code>
/// and what is given is as it was taken, but for Count(Corrupt) + Count(Truncate) changes; a duplicate is a copy of the changed frame. Of
/// those given, Count(BadDescriptor) + Count(StalledRing) are marked so.
/// </summary>
public sealed class FaultLine
{
    const int Million = 1_000_000;

    readonly FaultSpec _spec;
    readonly long[] _counts = new long[Enum.GetValues<Fault>().Length];
    readonly FrameQueue _copy = new(1);
    readonly FrameQueue _delayed;
    readonly Queue<long> _dueAt;
    byte[] _changed = new byte[2048];
    SplitMix64 _random;
    int _downFor, _stalledFor;
    volatile bool _linkUp = true;

    internal FaultLine(FaultSpec spec)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(spec.DelayFrames, 1, nameof(spec));
        ArgumentOutOfRangeException.ThrowIfLessThan(spec.LinkDownFrames, 1, nameof(spec));
        ArgumentOutOfRangeException.ThrowIfLessThan(spec.StallFrames, 1, nameof(spec));
        _spec = spec;
        _random = new SplitMix64(spec.Seed);
        // A frame is put in before the one of DelayFrames ago is taken out.
        int held = spec.DelayPerMillion > 0 ? spec.DelayFrames + 1 : 0;
        _delayed = new FrameQueue(held);
        _dueAt = new Queue<long>(held);
    }

    /// <summary>Frames that came to this line.</summary>
    public long Taken { get; private set; }

    /// <summary>Frames that left it.</summary>
    public long Given { get; private set; }

    /// <summary>Frames that should have left it, but the wire beyond did not take them.</summary>
    public long Refused { get; private set; }

    /// <summary>Frames that are still to leave it: delayed ones, and a second copy.</summary>
    public int Held => _delayed.Count + _copy.Count;

    public long Count(Fault fault) => _counts[(int)fault];

    /// <summary>The word for a fault in counters and reports.</summary>
    public static string NameOf(Fault fault) => fault switch
    {
        Fault.Drop => "drop",
        Fault.Corrupt => "corrupt",
        Fault.Duplicate => "duplicate",
        Fault.Delay => "delay",
        Fault.Truncate => "truncate",
        Fault.LinkDown => "link-down",
        Fault.BadDescriptor => "bad-descriptor",
        Fault.StalledRing => "stalled-ring",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    internal bool LinkUp
    {
        get => _linkUp;
        set => _linkUp = value;
    }

    /// <summary>Decides what becomes of a frame; false if nothing of it goes on now.</summary>
    internal bool Take(WireFrame frame, out WireFrame kept)
    {
        Taken++;
        kept = frame;
        if (IsLinkDown()) return Lost(Fault.LinkDown);
        if (Strikes(_spec.DropPerMillion)) return Lost(Fault.Drop);
        if (kept.Bytes.Length > 1 && Strikes(_spec.TruncatePerMillion)) kept = Truncate(kept);
        if (kept.Bytes.Length > 0 && Strikes(_spec.CorruptPerMillion)) kept = Corrupt(kept);
        if (Strikes(_spec.DelayPerMillion))
        {
            // Never full: every frame puts in one at most, and what is due is taken out before the next frame.
            _delayed.TryPut(kept);
            _dueAt.Enqueue(Taken + _spec.DelayFrames);
            return Lost(Fault.Delay);
        }
        if (Strikes(_spec.DuplicatePerMillion))
        {
            _counts[(int)Fault.Duplicate]++;
            _copy.TryPut(kept);
        }
        return true;
    }

    /// <summary>A held frame whose turn it is; with <paramref name="all"/>, any, since no more will come to overtake it.</summary>
    internal bool TryRelease(bool all, out WireFrame frame)
    {
        if (_copy.TryTake(out frame)) return true;
        if (_dueAt.Count == 0 || !all && Taken < _dueAt.Peek()) return false;
        _dueAt.Dequeue();
        return _delayed.TryTake(out frame);
    }

    /// <summary>A frame that is to be given, with what is wrong with the way into its ring.</summary>
    internal WireFrame Mark(WireFrame frame)
    {
        var fault = IsDown(ref _stalledFor, _spec.StalledRingPerMillion, _spec.StallFrames) ? RxFault.StalledRing
            : Strikes(_spec.BadDescriptorPerMillion) ? RxFault.BadDescriptor
            : RxFault.None;
        if (fault == RxFault.None) return frame;
        _counts[(int)(fault == RxFault.StalledRing ? Fault.StalledRing : Fault.BadDescriptor)]++;
        return new WireFrame(frame.Bytes, frame.TimestampNs, frame.OriginalLength, fault);
    }

    internal void CountOut(bool taken)
    {
        if (taken) Given++;
        else Refused++;
    }

    bool IsLinkDown() => !_linkUp || IsDown(ref _downFor, _spec.LinkDownPerMillion, _spec.LinkDownFrames);

    /// <summary>What, once it strikes, lasts for some frames.</summary>
    bool IsDown(ref int left, int perMillion, int frames)
    {
        if (left == 0 && Strikes(perMillion)) left = frames;
        if (left == 0) return false;
        left--;
        return true;
    }

    bool Strikes(int perMillion) => perMillion > 0 && _random.Below(Million) < perMillion;

    bool Lost(Fault fault)
    {
        _counts[(int)fault]++;
        return false;
    }

    WireFrame Truncate(WireFrame frame)
    {
        _counts[(int)Fault.Truncate]++;
        int length = 1 + _random.Below(frame.Bytes.Length - 1);
        return new WireFrame(frame.Bytes[..length], frame.TimestampNs, (uint)length);
    }

    WireFrame Corrupt(WireFrame frame)
    {
        _counts[(int)Fault.Corrupt]++;
        int length = frame.Bytes.Length;
        if (_changed.Length < length) _changed = new byte[BitOperations.RoundUpToPowerOf2((uint)length)];
        frame.Bytes.CopyTo(_changed);
        _changed[_random.Below(length)] ^= (byte)(1 + _random.Below(255));
        return new WireFrame(_changed.AsSpan(0, length), frame.TimestampNs, frame.OriginalLength);
    }
}
