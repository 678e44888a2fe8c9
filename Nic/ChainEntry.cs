using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Nic;

/// <summary>
/// What follows a program, by its return code: ids of programs, 0 for an empty slot. As bytes it is the 20-byte value of the 2019
/// chain-call series, or that value with a sixth slot for aborted.
/// </summary>
/// <remarks><code>
/// 0          4      8      12   16         20        24
/// │ wildcard │ drop │ pass │ tx │ redirect │ aborted │     five u32 in host order, and the sixth in the 24-byte form
/// </code></remarks>
public readonly record struct ChainEntry(uint Wildcard, uint Drop = 0, uint Pass = 0, uint Tx = 0, uint Redirect = 0, uint Aborted = 0)
{
    public const int Bytes = 20;

    public const int BytesWithAborted = 24;

    public bool IsEmpty => this == default;

    /// <summary>The program in a slot as <see cref="ChainStage"/> numbers them.</summary>
    public uint this[int slot] => slot switch
    {
        (int)XdpAction.Aborted => Aborted,
        (int)XdpAction.Drop => Drop,
        (int)XdpAction.Pass => Pass,
        (int)XdpAction.Tx => Tx,
        (int)XdpAction.Redirect => Redirect,
        ChainStage.WildcardSlot => Wildcard,
        _ => throw new ArgumentOutOfRangeException(nameof(slot)),
    };

    /// <summary>This entry with one slot changed; a null code is the wildcard.</summary>
    public ChainEntry With(XdpAction? on, uint program) => on switch
    {
        null => this with { Wildcard = program },
        XdpAction.Aborted => this with { Aborted = program },
        XdpAction.Drop => this with { Drop = program },
        XdpAction.Pass => this with { Pass = program },
        XdpAction.Tx => this with { Tx = program },
        _ => this with { Redirect = program },
    };

    /// <summary>Reads either form; null for any other length.</summary>
    public static ChainEntry? Read(ReadOnlySpan<byte> value) => value.Length switch
    {
        Bytes => new(U32(value, 0), U32(value, 1), U32(value, 2), U32(value, 3), U32(value, 4)),
        BytesWithAborted => new(U32(value, 0), U32(value, 1), U32(value, 2), U32(value, 3), U32(value, 4), U32(value, 5)),
        _ => null,
    };

    /// <summary>Writes as many slots as <paramref name="value"/> has room for: 20 or 24 bytes.</summary>
    public void Write(Span<byte> value)
    {
        ReadOnlySpan<uint> slots = [Wildcard, Drop, Pass, Tx, Redirect, Aborted];
        for (int n = 0; n < value.Length / sizeof(uint); n++) BinaryPrimitives.WriteUInt32LittleEndian(value[(n * sizeof(uint))..], slots[n]);
    }

    static uint U32(ReadOnlySpan<byte> value, int n) => BinaryPrimitives.ReadUInt32LittleEndian(value[(n * sizeof(uint))..]);
}
