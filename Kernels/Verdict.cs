using Chainring.Offload.Spec;

namespace Chainring.Kernels;

/// <summary>
/// Why a frame was aborted. The first four and <see cref="NoFragsSupport"/> are the chain's doing, <see cref="DeviceFailed"/> and <see cref="DeviceTimeout"/> are that of the device that ran it, the others are a program's violation; each has a counter
/// under the name that <see cref="Aborts.NameOf"/> gives.
/// </summary>
public enum AbortReason : byte
{
    None,
    Returned,
    UnknownCode,
    ChainTooLong,
    NoRoomForPreviousVerdict,
    NotAPointer,
    StackBounds,
    ContextBounds,
    ContextReadOnly,
    PacketBounds,
    MapValueBounds,
    MapReadOnly,
    MapWriteOnly,
    HelperArgument,
    CallDepth,
    InstructionLimit,
    MissingKfunc,
    UnresolvedType,
    CallUnderLock,
    LockHeld,
    RecordBounds,
    RecordKept,
    NoFragsSupport,
    DynptrAccess,
    SliceReadOnly,
    MapKeyBounds,
    MapKeyReadOnly,
    SocketBounds,
    SocketReadOnly,
    SocketKept,
    DeviceFailed,
    DeviceTimeout,
}

/// <summary>What became of a frame.</summary>
public readonly record struct Verdict
{
    // Not two bytes: a word is returned in a register, where they would have to be put together in memory, and waited for.
    readonly ushort _word;

    public Verdict(XdpAction action, AbortReason reason = AbortReason.None) => _word = (ushort)((int)action | (int)reason << 8);

    Verdict(ushort word) => _word = word;

    public XdpAction Action => (XdpAction)(byte)_word;

    public AbortReason Reason => (AbortReason)(_word >> 8);

    /// <summary>As compiled code returns it: the action in the lowest byte, the reason above it.</summary>
    internal uint Word => _word;

    /// <summary>What compiled code returned.</summary>
    internal static Verdict OfWord(uint word) => new((ushort)word);
}

/// <summary>The words for abort reasons in counters and reports.</summary>
public static class Aborts
{
    public static readonly int Count = Enum.GetValues<AbortReason>().Length;

    public static string NameOf(AbortReason reason) => reason switch
    {
        AbortReason.None => "none",
        AbortReason.Returned => "program-returned-aborted",
        AbortReason.UnknownCode => "unknown-return-code",
        AbortReason.ChainTooLong => "chain-longer-than-32-runs",
        AbortReason.NoRoomForPreviousVerdict => "no-room-for-previous-verdict",
        AbortReason.NotAPointer => "access-through-a-number",
        AbortReason.StackBounds => "stack-out-of-bounds",
        AbortReason.ContextBounds => "context-out-of-bounds",
        AbortReason.ContextReadOnly => "context-write",
        AbortReason.PacketBounds => "packet-out-of-bounds",
        AbortReason.MapValueBounds => "map-value-out-of-bounds",
        AbortReason.MapReadOnly => "map-is-read-only",
        AbortReason.MapWriteOnly => "map-is-write-only",
        AbortReason.HelperArgument => "bad-helper-argument",
        AbortReason.CallDepth => "calls-nested-too-deep",
        AbortReason.InstructionLimit => "instruction-limit",
        AbortReason.MissingKfunc => "call-of-a-missing-kfunc",
        AbortReason.UnresolvedType => "use-of-an-unresolved-type",
        AbortReason.CallUnderLock => "call-while-holding-a-lock",
        AbortReason.LockHeld => "lock-held-at-exit",
        AbortReason.RecordBounds => "ring-buffer-record-out-of-bounds",
        AbortReason.RecordKept => "ring-buffer-record-neither-submitted-nor-discarded",
        AbortReason.NoFragsSupport => "fragments-without-frags-support",
        AbortReason.DynptrAccess => "access-to-the-bytes-of-a-dynptr",
        AbortReason.SliceReadOnly => "slice-is-read-only",
        AbortReason.MapKeyBounds => "map-key-out-of-bounds",
        AbortReason.MapKeyReadOnly => "map-key-write",
        AbortReason.SocketBounds => "socket-out-of-bounds",
        AbortReason.SocketReadOnly => "socket-write",
        AbortReason.SocketKept => "socket-not-released",
        AbortReason.DeviceFailed => "device-failed",
        AbortReason.DeviceTimeout => "device-timeout",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
