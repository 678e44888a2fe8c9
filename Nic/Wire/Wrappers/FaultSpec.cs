namespace Chainring.Nic.Wire.Wrappers;

/// <summary>What can happen to a frame on the way.</summary>
public enum Fault
{
    /// <summary>It is lost.</summary>
    Drop,

    /// <summary>One byte changes. Not for a frame of no bytes.</summary>
    Corrupt,

    /// <summary>It comes a second time, right after the first.</summary>
    Duplicate,

    /// <summary>It comes only after the next <see cref="FaultSpec.DelayFrames"/> frames.</summary>
    Delay,

    /// <summary>It is shorter at its end, on the medium too; at least a byte remains, and a frame of a single byte is spared.</summary>
    Truncate,

    /// <summary>The link goes down: this frame and the next ones, <see cref="FaultSpec.LinkDownFrames"/> in all, are lost.</summary>
    LinkDown,

    /// <summary>It reaches the port with a descriptor that cannot be used; the port misses it.</summary>
    BadDescriptor,

    /// <summary>
    /// The rings that this frame and the next ones, <see cref="FaultSpec.StallFrames"/> in all, go to are not served meanwhile, and may
    /// overflow.
    /// </summary>
    StalledRing,
}

/// <summary>
/// What goes wrong in one direction. Rates are of a million frames, each of those that got so far: the order is link, drop, truncate,
/// corrupt, delay, duplicate, stalled ring, bad descriptor; a delayed frame is not duplicated. Equal specs do the same to the same frames.
/// </summary>
public sealed record FaultSpec
{
    public const int Always = 1_000_000;

    public ulong Seed { get; init; } = 1;

    public int DropPerMillion { get; init; }

    public int CorruptPerMillion { get; init; }

    public int DuplicatePerMillion { get; init; }

    public int DelayPerMillion { get; init; }

    public int TruncatePerMillion { get; init; }

    public int LinkDownPerMillion { get; init; }

    /// <summary>Of received frames only.</summary>
    public int BadDescriptorPerMillion { get; init; }

    /// <summary>Of received frames only.</summary>
    public int StalledRingPerMillion { get; init; }

    /// <summary>How many frames overtake a delayed one, lost ones included.</summary>
    public int DelayFrames { get; init; } = 1;

    public int LinkDownFrames { get; init; } = 1;

    public int StallFrames { get; init; } = 1;
}
