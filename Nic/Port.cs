using Chainring.Nic.Wire;

namespace Chainring.Nic;

/// <summary>Why a frame that a port received never reached the chain.</summary>
public enum MissReason : byte
{
    /// <summary>Longer than a buffer holds for a program without frags support.</summary>
    FrameTooLong,

    /// <summary>Shorter than an Ethernet header.</summary>
    FrameTooShort,
}

/// <summary>One port: an interface index and a wire.</summary>
public sealed class Port(uint ifindex, IWire wire)
{
    readonly long[] _missed = new long[Enum.GetValues<MissReason>().Length];

    public uint Ifindex => ifindex;

    public IWire Wire { get; set; } = wire;

    /// <summary>Frames taken from the wire, whatever became of them.</summary>
    public long RxFrames { get; private set; }

    public long RxBytes { get; private set; }

    /// <summary>Frames of which the wire had only the beginning.</summary>
    public long RxTruncated { get; private set; }

    public long Missed(MissReason reason) => _missed[(int)reason];

    /// <summary>The word for a reason in counters and reports.</summary>
    public static string NameOf(MissReason reason) => reason switch
    {
        MissReason.FrameTooLong => "frame-too-long",
        MissReason.FrameTooShort => "frame-too-short",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    internal void CountReceived(in WireFrame frame)
    {
        RxFrames++;
        RxBytes += frame.Bytes.Length;
        if ((uint)frame.Bytes.Length < frame.OriginalLength) RxTruncated++;
    }

    internal void CountMissed(MissReason reason) => _missed[(int)reason]++;
}
