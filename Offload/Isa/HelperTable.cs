using static Chainring.Offload.Isa.HelperArgument;
using static Chainring.Offload.Isa.HelperOnDevice;

namespace Chainring.Offload.Isa;

/// <summary>What kind of thing an argument register holds.</summary>
public enum ArgumentKind : byte
{
    /// <summary>Any number.</summary>
    Number,

    /// <summary>The <c>struct xdp_md *</c> the program was entered with.</summary>
    Context,

    /// <summary>A map that admits the helper's effect, as a 64-bit constant names it.</summary>
    Map,

    /// <summary>A prog array, likewise.</summary>
    ProgramArray,

    /// <summary>Memory of the map's key size.</summary>
    MapKey,

    /// <summary>Memory of the map's value size.</summary>
    MapValue,

    /// <summary>Memory whose size is the next argument.</summary>
    Memory,

    /// <summary>Memory in a map value, from where it points, whose size is the next argument.</summary>
    ValueMemory,

    /// <summary>The size, in bytes, of the memory in the argument before.</summary>
    MemorySize,

    /// <summary>Memory of <see cref="HelperArgument.Bytes"/>.</summary>
    FixedMemory,

    /// <summary>A function of the program, as a 64-bit constant names it; it is called as <see cref="HelperArgument.Callback"/> says.</summary>
    Function,

    /// <summary>A pointer to the stack, or null: what a function that is called back is given.</summary>
    StackOrNull,

    /// <summary>The lock in a map value (<c>struct bpf_spin_lock</c>).</summary>
    LockInValue,

    /// <summary>Text in a map value that programs cannot write, up to a zero that is in it.</summary>
    Text,

    /// <summary>Memory of the map's value size, which a peek writes or, of a Bloom filter, reads.</summary>
    PeekedValue,

    /// <summary>The size of the memory that r0 points to: a constant, as far as the kernel's verifier is concerned.</summary>
    ResultSize,

    /// <summary>A record of a ring buffer that was reserved; it is void after the call.</summary>
    Record,

    /// <summary>The dynamic pointer (<c>struct bpf_dynptr</c>) that was made at a place on the stack.</summary>
    Dynptr,

    /// <summary>A place on the stack, at a multiple of 8, where the call makes a dynamic pointer, whatever it answers. One that is there is lost; it must not hold a record.</summary>
    NewDynptr,

    /// <summary>A socket that a lookup has found, not null: the pointer as it was returned, of either kind.</summary>
    Socket,

    /// <summary>The same; the pointer is void after the call.</summary>
    ReleasedSocket,
}

/// <summary>What is done to memory, and must be allowed there.</summary>
[Flags]
public enum MemoryAccess : byte
{
    None = 0,
    Read = 1,
    Write = 2,
}

/// <summary>What a dynamic pointer points into.</summary>
[Flags]
public enum DynptrKinds : byte
{
    None = 0,

    /// <summary>A map value.</summary>
    Value = 1,

    /// <summary>A record of a ring buffer, which has to be submitted or discarded by it, even if there was no room for one.</summary>
    Record = 2,

    /// <summary>The frame, from data to data_end at that time.</summary>
    Packet = 4,
    Any = Value | Record | Packet,
}

/// <summary>With what a function is called back; it answers 0, or 1 for no more.</summary>
public enum Callback : byte
{
    None,

    /// <summary>r1 is the number of the round, r2 the context of the call.</summary>
    Round,

    /// <summary>r1 is the map, r2 a key of it that can only be read, r3 its value, r4 the context of the call.</summary>
    Element,
}

/// <summary>What a helper expects in an argument register.</summary>
/// <param name="Access">What a program must be allowed to do with the memory that is pointed to; none for what is not memory.</param>
/// <param name="Bytes">The size of <see cref="ArgumentKind.FixedMemory"/>.</param>
public readonly record struct HelperArgument(ArgumentKind Kind, MemoryAccess Access = MemoryAccess.None, int Bytes = 0)
{
    public static readonly HelperArgument Number = new(ArgumentKind.Number);
    public static readonly HelperArgument Anything = Number with { MayBeUnset = true };
    public static readonly HelperArgument Context = new(ArgumentKind.Context);
    public static readonly HelperArgument Map = new(ArgumentKind.Map);
    public static readonly HelperArgument ProgramArray = new(ArgumentKind.ProgramArray);
    public static readonly HelperArgument MapKey = new(ArgumentKind.MapKey, MemoryAccess.Read);
    public static readonly HelperArgument MapValue = new(ArgumentKind.MapValue, MemoryAccess.Read);
    public static readonly HelperArgument MapValueOut = new(ArgumentKind.MapValue, MemoryAccess.Write);
    public static readonly HelperArgument PeekedValue = new(ArgumentKind.PeekedValue, MemoryAccess.Write);
    public static readonly HelperArgument ResultSize = new(ArgumentKind.ResultSize);
    public static readonly HelperArgument Record = new(ArgumentKind.Record);
    public static readonly HelperArgument Memory = new(ArgumentKind.Memory, MemoryAccess.Read);
    public static readonly HelperArgument MemoryOrNull = Memory with { MayBeNull = true };
    public static readonly HelperArgument MemoryOut = new(ArgumentKind.Memory, MemoryAccess.Write);
    public static readonly HelperArgument MemoryOutOrNull = MemoryOut with { MayBeNull = true };
    public static readonly HelperArgument MemoryInOut = new(ArgumentKind.Memory, MemoryAccess.Write) { IsFilled = true };
    public static readonly HelperArgument ValueMemory = new(ArgumentKind.ValueMemory, MemoryAccess.Write);
    public static readonly HelperArgument MemorySize = new(ArgumentKind.MemorySize);
    public static readonly HelperArgument MemorySizeOrZero = MemorySize with { MayBeZero = true };
    public static readonly HelperArgument RoundFunction = new(ArgumentKind.Function) { Callback = Callback.Round };
    public static readonly HelperArgument ElementFunction = new(ArgumentKind.Function) { Callback = Callback.Element };
    public static readonly HelperArgument StackOrNull = new(ArgumentKind.StackOrNull);
    public static readonly HelperArgument LockInValue = new(ArgumentKind.LockInValue);
    public static readonly HelperArgument Text = new(ArgumentKind.Text, MemoryAccess.Read);
    public static readonly HelperArgument Dynptr = new(ArgumentKind.Dynptr) { Dynptrs = DynptrKinds.Any };
    public static readonly HelperArgument Socket = new(ArgumentKind.Socket);
    public static readonly HelperArgument ReleasedSocket = new(ArgumentKind.ReleasedSocket);

    /// <summary>The one that holds a record, which it does no longer after the call; all its clones, and what points into the record, are void then.</summary>
    public static readonly HelperArgument HeldRecord = new(ArgumentKind.Dynptr) { Dynptrs = DynptrKinds.Record, Releases = true };

    /// <summary>Made from the dynamic pointer in the first argument; it is of its kind.</summary>
    public static readonly HelperArgument DynptrClone = NewDynptr(DynptrKinds.Any);

    /// <summary>Where bytes are copied that do not lie in one piece; whether there is such memory or not, the size that follows is that of the memory that r0 points to.</summary>
    public static readonly HelperArgument SliceBuffer = new(ArgumentKind.Memory, MemoryAccess.Read | MemoryAccess.Write) { MayBeNull = true };
    public static readonly HelperArgument SliceSize = MemorySizeOrZero with { IsResultSize = true };

    /// <summary>Where a kfunc leaves a result of that size. Linux wants such memory to be readable too (check_mem_reg in kernel/bpf/verifier.c).</summary>
    public static HelperArgument Result(int bytes) => new(ArgumentKind.FixedMemory, MemoryAccess.Read | MemoryAccess.Write, bytes);

    /// <summary>Where a helper leaves a number of that size.</summary>
    public static HelperArgument Out(int bytes) => new(ArgumentKind.FixedMemory, MemoryAccess.Write, bytes) { IsAligned = true };

    /// <summary>Where a helper leaves a number in place of another, which counts. Linux asks only whether that may be written.</summary>
    public static HelperArgument InOut(int bytes) => Out(bytes) with { IsFilled = true };

    public static HelperArgument NewDynptr(DynptrKinds kind) => new(ArgumentKind.NewDynptr) { Dynptrs = kind };

    /// <summary>Memory of that size that is only read.</summary>
    public static HelperArgument In(int bytes) => new(ArgumentKind.FixedMemory, MemoryAccess.Read, bytes);

    public bool IsMemory => Access != MemoryAccess.None;

    /// <summary>What is there before counts, though it is not asked whether it may be read: on the stack it must have been written.</summary>
    public bool IsFilled { get; init; }

    /// <summary>At a multiple of its size, where it is on the stack.</summary>
    public bool IsAligned { get; init; }

    /// <summary>Null will do for memory of size 0, and where the size is that of the result too.</summary>
    public bool MayBeNull { get; init; }

    /// <summary>The register need not even have a value.</summary>
    public bool MayBeUnset { get; init; }

    /// <summary>0 will do for a size.</summary>
    public bool MayBeZero { get; init; }

    /// <summary>The size is that of the memory that r0 points to as well, and constant.</summary>
    public bool IsResultSize { get; init; }

    /// <summary>The kinds of dynamic pointer that will do, or the one that is made.</summary>
    public DynptrKinds Dynptrs { get; init; }

    /// <summary>What the argument holds is given up.</summary>
    public bool Releases { get; init; }

    public Callback Callback { get; init; }
}

/// <summary>What a helper leaves in r0.</summary>
public enum HelperResult : byte
{
    /// <summary>A number of 64 bits.</summary>
    Number,

    /// <summary>A number of 32 bits, as kfuncs answer: only the lower half of r0 is promised. Here the upper one is 0.</summary>
    Number32,

    /// <summary>0 or 1 in the lowest byte of r0, and only that is promised: the kernel leaves anything in the others. Here they are 0.</summary>
    Boolean,

    /// <summary>Nothing: r0 is not to be read.</summary>
    None,

    /// <summary>A pointer to a value of the map in the first argument, or 0; of a map of maps a pointer to the map that is there.</summary>
    MapValueOrNull,

    /// <summary>A pointer to a new record of the ring buffer in the first argument, or 0.</summary>
    RecordOrNull,

    /// <summary>A pointer to bytes of what the dynamic pointer in the first argument points into, or 0. Void as soon as that is, and of a frame once it is moved.</summary>
    SliceOrNull,

    /// <summary>The same to bytes that can only be read.</summary>
    ReadOnlySliceOrNull,

    /// <summary>A pointer to a <c>struct bpf_sock</c> that programs may read and must release, or 0. What they may read: <c>SocketFields</c> of the card's network.</summary>
    SocketOrNull,

    /// <summary>The same; type, protocol, mark and priority cannot be read, since the socket may be no full one (<c>struct sock_common</c>).</summary>
    CommonSocketOrNull,
}

/// <summary>What a helper changes besides r0 (r1 to r5 are always lost).</summary>
public enum HelperEffect : byte
{
    None,
    ReadsMap,
    WritesMap,
    ReadsMapOfCpu,
    Pushes,
    Pops,
    Peeks,

    /// <summary>By a perf event array.</summary>
    OutputsEvent,

    /// <summary>By a ring buffer.</summary>
    OutputsRecord,

    /// <summary>Where traces go; it follows pointers too.</summary>
    OutputsText,

    /// <summary>Numbers among its arguments may be pointers, of which only its body knows; one that leads nowhere is no fault.</summary>
    FollowsPointers,

    /// <summary>Packet pointers taken before the call are void after it.</summary>
    MovesPacket,
    SetsRedirect,

    /// <summary>Does not return when it succeeds.</summary>
    TailCall,

    /// <summary>Calls a function of the program, any number of times, before it returns; if there is a map argument, for its elements.</summary>
    CallsBack,

    /// <summary>Takes a lock or gives it back.</summary>
    Locks,
}

/// <summary>How a device that runs chains (backend opencl) does what a helper does.</summary>
public enum HelperOnDevice : byte
{
    /// <summary>Not at all: a program that calls it is refused.</summary>
    Refused,

    /// <summary>With the frame, the clock and locks in values, of which a device has its own view.</summary>
    Alone,

    /// <summary>With a map, if that is of a type that a device has.</summary>
    WithMap,

    /// <summary>It is no call there: what it calls is part of the same code.</summary>
    InCode,
}

/// <summary>
/// A helper or a kfunc as programs see it; they differ in how an object names them (helpers by the kernel's number, kfuncs by name) and in
/// nothing else. What it does at run time is the body of the same id.
/// </summary>
public sealed record HelperRow(int Id, string Name, HelperResult Result, HelperEffect Effect, params HelperArgument[] Arguments)
{
    /// <summary>A helper, named by its number.</summary>
    public HelperRow(int id, HelperResult result, HelperEffect effect, params HelperArgument[] arguments)
        : this(id, HelperNames.Of(id), result, effect, arguments)
    {
    }

    /// <summary>Memory may be the frame's, by pointers that the program has from the context.</summary>
    public bool TakesPacket { get => field || Call == CallKind.Kfunc; init; }

    /// <summary>Only for programs under a licence that the kernel takes for compatible with the GPL.</summary>
    public bool NeedsGpl { get => field || Call == CallKind.Kfunc; init; }

    /// <summary>Linux has it only for programs that may see addresses (CAP_PERFMON).</summary>
    public bool ShowsAddresses { get; init; }

    public HelperOnDevice OnDevice { get; init; }

    /// <summary>It makes a dynamic pointer, or one gives up with it what it holds.</summary>
    public bool MovesDynptrs { get; } = Arguments.Any(a => a.Kind == ArgumentKind.NewDynptr || a.Releases);

    /// <summary>How an instruction calls it.</summary>
    public CallKind Call => Id < HelperTable.FirstKfunc ? CallKind.Helper : CallKind.Kfunc;
}

/// <summary>
/// The helpers and kfuncs that a program may call, one row each: helpers by the kernel's ids, kfuncs by ids of our own behind them, which
/// the loader puts into the calls that name them.
/// </summary>
public static class HelperTable
{
    /// <summary>The helper that draws a random number.</summary>
    public const int RandomId = 7;

    /// <summary>The helper that names the CPU, and with it the queue.</summary>
    public const int ProcessorId = 8;

    public const int TailCallId = 12;

    /// <summary>The helper that calls a function so many times (<c>bpf_loop</c>).</summary>
    public const int LoopId = 181;

    /// <summary>What it answers when told to do too much: 32 bits, since that is so where the verifier writes the loop into the program (inline_bpf_loop).</summary>
    public const ulong TooManyRounds = unchecked((uint)-7);

    /// <summary>What helpers that call back answer to flags: there are none.</summary>
    public const long BadFlags = -22;

    /// <summary>The only helper that may be called while a lock is held.</summary>
    public const int UnlockId = 94;

    /// <summary>The kernel's helpers are 211, and it adds no more.</summary>
    public const int FirstKfunc = 1_000;

    /// <summary>What a call of a weak kfunc calls, and the address it has, when the card does not have it.</summary>
    public const int MissingKfunc = 0;

    /// <summary>
    /// The helper that there will never be: libbpf puts a call of it where an instruction needs a type or field that the target types lack
    /// (0xbad2310 reads "bad relo").
    /// </summary>
    public const int UnresolvedType = 195_896_080;

    /// <summary>The kfunc by which a program asks for <c>Frame.Hints.Hash</c>.</summary>
    public const int RxHashId = FirstKfunc + 1;

    static readonly HelperRow[] Rows =
    [
        new(1, HelperResult.MapValueOrNull, HelperEffect.ReadsMap, Map, MapKey) { TakesPacket = true, OnDevice = WithMap },
        new(2, HelperResult.Number, HelperEffect.WritesMap, Map, MapKey, MapValue, Number) { TakesPacket = true, OnDevice = WithMap },
        new(3, HelperResult.Number, HelperEffect.WritesMap, Map, MapKey) { TakesPacket = true, OnDevice = WithMap },
        new(5, HelperResult.Number, HelperEffect.None) { OnDevice = Alone },
        new(6, HelperResult.Number, HelperEffect.OutputsText, Memory, MemorySize, Anything, Anything, Anything) { NeedsGpl = true, ShowsAddresses = true },
        new(RandomId, HelperResult.Number, HelperEffect.None) { OnDevice = Alone },
        new(ProcessorId, HelperResult.Number, HelperEffect.None) { OnDevice = Alone },
        new(TailCallId, HelperResult.None, HelperEffect.TailCall, Context, ProgramArray, Number) { OnDevice = InCode },
        new(23, HelperResult.Number, HelperEffect.SetsRedirect, Number, Number) { OnDevice = Alone },
        new(25, HelperResult.Number, HelperEffect.OutputsEvent, Context, Map, Number, Memory, MemorySizeOrZero) { NeedsGpl = true },
        new(28, HelperResult.Number, HelperEffect.None, MemoryOrNull, MemorySizeOrZero, MemoryOrNull, MemorySizeOrZero, Number) { TakesPacket = true, OnDevice = Alone },
        new(42, HelperResult.Number, HelperEffect.None) { OnDevice = Alone },
        new(44, HelperResult.Number, HelperEffect.MovesPacket, Context, Number) { OnDevice = Alone },
        new(51, HelperResult.Number, HelperEffect.SetsRedirect, Map, Number, Number) { OnDevice = WithMap },
        new(54, HelperResult.Number, HelperEffect.MovesPacket, Context, Number) { OnDevice = Alone },
        new(65, HelperResult.Number, HelperEffect.MovesPacket, Context, Number) { OnDevice = Alone },
        new(69, HelperResult.Number, HelperEffect.None, Context, MemoryInOut, MemorySize, Number) { NeedsGpl = true },
        new(84, HelperResult.SocketOrNull, HelperEffect.None, Context, Memory, MemorySizeOrZero, Number, Number) { TakesPacket = true },
        new(85, HelperResult.SocketOrNull, HelperEffect.None, Context, Memory, MemorySizeOrZero, Number, Number) { TakesPacket = true },
        new(86, HelperResult.Number, HelperEffect.None, ReleasedSocket),
        new(87, HelperResult.Number, HelperEffect.Pushes, Map, MapValue, Number) { TakesPacket = true },
        new(88, HelperResult.Number, HelperEffect.Pops, Map, MapValueOut),
        new(89, HelperResult.Number, HelperEffect.Peeks, Map, PeekedValue),
        new(93, HelperResult.None, HelperEffect.Locks, LockInValue) { OnDevice = Alone },
        new(UnlockId, HelperResult.None, HelperEffect.Locks, LockInValue) { OnDevice = Alone },
        new(99, HelperResult.CommonSocketOrNull, HelperEffect.None, Context, Memory, MemorySizeOrZero, Number, Number) { TakesPacket = true },
        new(100, HelperResult.Number, HelperEffect.None, Socket, Memory, MemorySize, Memory, MemorySize) { TakesPacket = true, NeedsGpl = true },
        new(105, HelperResult.Number, HelperEffect.None, Memory, MemorySize, Number, Out(8)),
        new(106, HelperResult.Number, HelperEffect.None, Memory, MemorySize, Number, Out(8)),
        new(110, HelperResult.Number, HelperEffect.None, Socket, Memory, MemorySize, Memory, MemorySize) { TakesPacket = true, NeedsGpl = true },
        new(118, HelperResult.Number, HelperEffect.None) { OnDevice = Alone },
        new(125, HelperResult.Number, HelperEffect.None) { OnDevice = Alone },
        new(130, HelperResult.Number, HelperEffect.OutputsRecord, Map, Memory, MemorySizeOrZero, Number),
        new(131, HelperResult.RecordOrNull, HelperEffect.OutputsRecord, Map, ResultSize, Number),
        new(132, HelperResult.None, HelperEffect.None, Record, Number),
        new(133, HelperResult.None, HelperEffect.None, Record, Number),
        new(134, HelperResult.Number, HelperEffect.OutputsRecord, Map, Number),
        new(160, HelperResult.Number, HelperEffect.None) { OnDevice = Alone },
        new(163, HelperResult.Number, HelperEffect.None, Context, Number, InOut(4), Number, Number) { NeedsGpl = true },
        new(164, HelperResult.Number, HelperEffect.CallsBack, Map, ElementFunction, StackOrNull, Number) { OnDevice = InCode },
        new(165, HelperResult.Number, HelperEffect.FollowsPointers, MemoryOutOrNull, MemorySizeOrZero, Text, MemoryOrNull, MemorySizeOrZero) { NeedsGpl = true, ShowsAddresses = true },
        new(177, HelperResult.Number, HelperEffect.OutputsText, Memory, MemorySize, MemoryOrNull, MemorySizeOrZero) { NeedsGpl = true, ShowsAddresses = true },
        new(LoopId, HelperResult.Number, HelperEffect.CallsBack, Number, RoundFunction, StackOrNull, Number) { OnDevice = InCode },
        new(182, HelperResult.Number, HelperEffect.None, Memory, MemorySize, Text),
        new(188, HelperResult.Number, HelperEffect.None, Context) { OnDevice = Alone },
        new(189, HelperResult.Number, HelperEffect.None, Context, Number, MemoryOut, MemorySize) { OnDevice = Alone },
        new(190, HelperResult.Number, HelperEffect.None, Context, Number, Memory, MemorySize) { OnDevice = Alone },
        new(195, HelperResult.MapValueOrNull, HelperEffect.ReadsMapOfCpu, Map, MapKey, Number) { TakesPacket = true, OnDevice = WithMap },
        new(197, HelperResult.Number, HelperEffect.None, ValueMemory, MemorySizeOrZero, Number, NewDynptr(DynptrKinds.Value)),
        new(198, HelperResult.Number, HelperEffect.OutputsRecord, Map, Number, Number, NewDynptr(DynptrKinds.Record)),
        new(199, HelperResult.None, HelperEffect.None, HeldRecord, Number),
        new(200, HelperResult.None, HelperEffect.None, HeldRecord, Number),
        new(201, HelperResult.Number, HelperEffect.None, MemoryOut, MemorySizeOrZero, Dynptr, Number, Number),
        new(202, HelperResult.Number, HelperEffect.None, Dynptr, Number, Memory, MemorySizeOrZero, Number),
        new(203, HelperResult.SliceOrNull, HelperEffect.None, Dynptr, Number, ResultSize),
        new(204, HelperResult.Number, HelperEffect.None, In(20), Memory, MemorySizeOrZero) { TakesPacket = true, NeedsGpl = true },
        new(205, HelperResult.Number, HelperEffect.None, In(40), Memory, MemorySizeOrZero) { TakesPacket = true, NeedsGpl = true },
        new(206, HelperResult.Number, HelperEffect.None, In(20), In(20)) { TakesPacket = true, NeedsGpl = true },
        new(207, HelperResult.Number, HelperEffect.None, In(40), In(20)) { TakesPacket = true, NeedsGpl = true },
        new(208, HelperResult.Number, HelperEffect.None) { OnDevice = Alone },

        new(FirstKfunc + 0, "bpf_xdp_metadata_rx_timestamp", HelperResult.Number32, HelperEffect.None, Context, Result(8)),
        new(RxHashId, "bpf_xdp_metadata_rx_hash", HelperResult.Number32, HelperEffect.None, Context, Result(4), Result(4)),
        new(FirstKfunc + 2, "bpf_xdp_metadata_rx_vlan_tag", HelperResult.Number32, HelperEffect.None, Context, Result(2), Result(2)),
        new(FirstKfunc + 3, "bpf_dynptr_from_xdp", HelperResult.Number32, HelperEffect.None, Context, Number, NewDynptr(DynptrKinds.Packet)),
        new(FirstKfunc + 4, "bpf_dynptr_slice", HelperResult.ReadOnlySliceOrNull, HelperEffect.None, Dynptr, Number, SliceBuffer, SliceSize),
        new(FirstKfunc + 5, "bpf_dynptr_slice_rdwr", HelperResult.SliceOrNull, HelperEffect.None, Dynptr, Number, SliceBuffer, SliceSize),
        new(FirstKfunc + 6, "bpf_dynptr_adjust", HelperResult.Number32, HelperEffect.None, Dynptr, Number, Number),
        new(FirstKfunc + 7, "bpf_dynptr_is_null", HelperResult.Boolean, HelperEffect.None, Dynptr),
        new(FirstKfunc + 8, "bpf_dynptr_is_rdonly", HelperResult.Boolean, HelperEffect.None, Dynptr),
        new(FirstKfunc + 9, "bpf_dynptr_size", HelperResult.Number32, HelperEffect.None, Dynptr),
        new(FirstKfunc + 10, "bpf_dynptr_clone", HelperResult.Number32, HelperEffect.None, Dynptr, DynptrClone),
        new(FirstKfunc + 11, "bpf_dynptr_copy", HelperResult.Number32, HelperEffect.None, Dynptr, Number, Dynptr, Number, Number),
        new(FirstKfunc + 12, "bpf_dynptr_memset", HelperResult.Number32, HelperEffect.None, Dynptr, Number, Number, Number),
    ];

    static readonly HelperRow?[] ById = Index();

    static readonly Dictionary<string, HelperRow> Kfuncs = Rows.Where(r => r.Call == CallKind.Kfunc).ToDictionary(r => r.Name);

    /// <summary>Ascending by id.</summary>
    public static IReadOnlyList<HelperRow> All => Rows;

    /// <summary>Null when the card has no such helper or kfunc.</summary>
    public static HelperRow? Find(long id) => id >= 0 && id < ById.Length ? ById[id] : null;

    /// <summary>Null when the card has no kfunc of that name.</summary>
    public static HelperRow? FindKfunc(string name) => Kfuncs.GetValueOrDefault(name);

    /// <summary>What an instruction calls; null if that is nothing, a function of the program, or not on the card.</summary>
    public static HelperRow? CalledBy(in Instruction i) =>
        i.Kind == InstructionKind.Call && Find(i.Immediate) is { } row && row.Call == i.Call ? row : null;

    static HelperRow?[] Index()
    {
        var index = new HelperRow?[Rows.Max(r => r.Id) + 1];
        foreach (var row in Rows) index[row.Id] = row;
        return index;
    }
}
