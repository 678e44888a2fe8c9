using static Chainring.Offload.Isa.HelperArgument;

namespace Chainring.Offload.Isa;

/// <summary>What a helper expects in an argument register.</summary>
public enum HelperArgument : byte
{
    /// <summary>Any number.</summary>
    Number,

    /// <summary>The <c>struct xdp_md *</c> the program was entered with.</summary>
    Context,

    /// <summary>A map that admits the helper's effect, as a 64-bit constant names it.</summary>
    Map,

    /// <summary>A prog array, likewise.</summary>
    ProgramArray,

    /// <summary>Readable memory of the map's key size.</summary>
    MapKey,

    /// <summary>Readable memory of the map's value size.</summary>
    MapValue,

    /// <summary>Readable memory whose size is the next argument; may be null when that is 0.</summary>
    Memory,

    /// <summary>The size, in bytes, of the memory in the argument before.</summary>
    MemorySize,
}

/// <summary>What a helper leaves in r0.</summary>
public enum HelperResult : byte
{
    Number,

    /// <summary>A pointer to a value of the map in the first argument, or 0.</summary>
    MapValueOrNull,
}

/// <summary>What a helper changes besides r0 (r1 to r5 are always lost).</summary>
public enum HelperEffect : byte
{
    None,
    ReadsMap,
    WritesMap,

    /// <summary>Packet pointers taken before the call are void after it.</summary>
    MovesPacket,
    SetsRedirect,

    /// <summary>Does not return when it succeeds.</summary>
    TailCall,
}

/// <summary>A helper as programs see it. What it does at run time is the body of the same id.</summary>
public sealed record HelperRow(int Id, HelperResult Result, HelperEffect Effect, params HelperArgument[] Arguments)
{
    public string Name => HelperNames.Of(Id);
}

/// <summary>The helpers that a program may call, one row each, by the kernel's ids.</summary>
public static class HelperTable
{
    public const int TailCallId = 12;

    static readonly HelperRow[] Rows =
    [
        new(1, HelperResult.MapValueOrNull, HelperEffect.ReadsMap, Map, MapKey),
        new(2, HelperResult.Number, HelperEffect.WritesMap, Map, MapKey, MapValue, Number),
        new(3, HelperResult.Number, HelperEffect.WritesMap, Map, MapKey),
        new(5, HelperResult.Number, HelperEffect.None),
        new(7, HelperResult.Number, HelperEffect.None),
        new(8, HelperResult.Number, HelperEffect.None),
        new(TailCallId, HelperResult.Number, HelperEffect.TailCall, Context, ProgramArray, Number),
        new(23, HelperResult.Number, HelperEffect.SetsRedirect, Number, Number),
        new(28, HelperResult.Number, HelperEffect.None, Memory, MemorySize, Memory, MemorySize, Number),
        new(44, HelperResult.Number, HelperEffect.MovesPacket, Context, Number),
        new(51, HelperResult.Number, HelperEffect.SetsRedirect, Map, Number, Number),
        new(54, HelperResult.Number, HelperEffect.MovesPacket, Context, Number),
        new(65, HelperResult.Number, HelperEffect.MovesPacket, Context, Number),
    ];

    static readonly HelperRow?[] ById = Index();

    public static IReadOnlyList<HelperRow> All => Rows;

    /// <summary>Null when the card has no such helper.</summary>
    public static HelperRow? Find(long id) => id >= 0 && id < ById.Length ? ById[id] : null;

    static HelperRow?[] Index()
    {
        var index = new HelperRow?[Rows.Max(r => r.Id) + 1];
        foreach (var row in Rows) index[row.Id] = row;
        return index;
    }
}
