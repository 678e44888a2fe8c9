namespace Chainring.Nic;

/// <summary>Why a frame that a port received never reached the chain.</summary>
public enum MissReason : byte
{
    /// <summary>Longer than the port's MTU allows, or than fits the linear part while a program of the chain does not support frags.</summary>
    FrameTooLong,

    /// <summary>Shorter than an Ethernet header.</summary>
    FrameTooShort,

    /// <summary>Its queue's ring was full.</summary>
    RingFull,

    /// <summary>Its descriptor was unusable.</summary>
    BadDescriptor,

    /// <summary>The port's link was down.</summary>
    LinkDown,
}

/// <summary>The words for <see cref="MissReason"/> in counters and reports.</summary>
public static class MissReasons
{
    public static IReadOnlyList<MissReason> All { get; } = Enum.GetValues<MissReason>();

    public static string NameOf(MissReason reason) => reason switch
    {
        MissReason.FrameTooLong => "frame-too-long",
        MissReason.FrameTooShort => "frame-too-short",
        MissReason.RingFull => "ring-full",
        MissReason.BadDescriptor => "bad-descriptor",
        MissReason.LinkDown => "link-down",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
