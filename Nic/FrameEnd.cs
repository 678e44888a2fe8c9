namespace Chainring.Nic;

/// <summary>Where a frame's way on the card ended. Every finished frame ends in exactly one of these.</summary>
public enum FrameEnd : byte
{
    /// <summary>Dropped or aborted: its buffer is free again.</summary>
    Recycled,

    /// <summary>Handed to the host behind the port it came from.</summary>
    ToHost,

    /// <summary>Sent out of the port it came from.</summary>
    SentBack,

    /// <summary>Sent out of another port, or out of several.</summary>
    Redirected,

    /// <summary>Handed to an AF_XDP socket of the host.</summary>
    ToSocket,

    /// <summary>A redirect without a target, to a port or socket that does not exist, or a broadcast to nobody.</summary>
    NoTarget,

    /// <summary>The wire or the host did not take it.</summary>
    Refused,

    /// <summary>The link of the port that it should leave by is down.</summary>
    LinkDown,

    /// <summary>A redirect to a port whose MTU it exceeds.</summary>
    TooLong,
}

/// <summary>The words for <see cref="FrameEnd"/> in counters and reports.</summary>
public static class FrameEnds
{
    public static readonly int Count = Enum.GetValues<FrameEnd>().Length;

    /// <summary>Those that lose a frame that its verdict did not drop.</summary>
    public static IReadOnlyList<FrameEnd> Lost { get; } = [FrameEnd.NoTarget, FrameEnd.Refused, FrameEnd.LinkDown, FrameEnd.TooLong];

    public static string NameOf(FrameEnd end) => end switch
    {
        FrameEnd.Recycled => "recycled",
        FrameEnd.ToHost => "to-host",
        FrameEnd.SentBack => "sent-back",
        FrameEnd.Redirected => "redirected",
        FrameEnd.ToSocket => "to-socket",
        FrameEnd.NoTarget => "no-target",
        FrameEnd.Refused => "refused",
        FrameEnd.LinkDown => "egress-link-down",
        FrameEnd.TooLong => "longer-than-egress-mtu",
        _ => throw new ArgumentOutOfRangeException(nameof(end)),
    };
}
