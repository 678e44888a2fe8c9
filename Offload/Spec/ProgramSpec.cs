using Chainring.Offload.Isa;

namespace Chainring.Offload.Spec;

/// <summary>
/// One program as an object file describes it: pure data, complete (its subprograms are appended to its code, as libbpf does),
/// tied to no card. A program of another type is listed, not linked: its code is empty.
/// </summary>
public sealed record ProgramSpec
{
    /// <summary>The function's name.</summary>
    public required string Name { get; init; }

    /// <summary>The ELF section it stood in, such as <c>xdp</c>, <c>xdp.frags</c> or <c>prog</c>.</summary>
    public required string Section { get; init; }

    /// <summary>Entry function at slot 0, then each subprogram. Calls and jumps are displacements within this array.</summary>
    public required Instruction[] Code { get; init; }

    /// <summary>Where each function starts, ascending; the first is the program itself at slot 0.</summary>
    public required IReadOnlyList<FunctionSpec> Functions { get; init; }

    /// <summary>The 64-bit constants that name a map, by slot, ascending.</summary>
    public required IReadOnlyList<MapReference> MapReferences { get; init; }

    /// <summary>The calls of kfuncs, and the 64-bit constants that are the address of one, by slot, ascending.</summary>
    public IReadOnlyList<ExternReference> ExternReferences { get; init; } = [];

    /// <summary>
    /// The instructions that need a type, field or value that the target types lack, by slot, ascending. Each is a call of
    /// <see cref="HelperTable.UnresolvedType"/>: dead code if the program asks first, and aborts a frame that reaches it.
    /// </summary>
    public IReadOnlyList<MissingType> MissingTypes { get; init; } = [];

    /// <summary>The object's <c>license</c> section; null if nobody says, and then no helper is withheld.</summary>
    public string? License { get; init; }

    /// <summary>The source lines of its code, ascending by the slot at which each begins; empty if the object does not tell.</summary>
    public IReadOnlyList<LineSpec> Lines { get; init; } = [];

    /// <summary>The source line of an instruction; null if the object does not tell.</summary>
    public LineSpec? LineAt(int slot) => Lines.TakeWhile(l => l.Slot <= slot).Select(l => (LineSpec?)l).LastOrDefault();

    /// <summary>The types of its functions in the object's type information, ascending by slot: of all, or of none.</summary>
    public IReadOnlyList<FunctionRecord> FunctionRecords { get; init; } = [];

    /// <summary>What <see cref="Lines"/> were made of.</summary>
    public IReadOnlyList<LineRecord> LineRecords { get; init; } = [];

    /// <summary>Null if the program counts as XDP, else the known section prefix of another program type (<c>kprobe</c>, …); then it has no code.</summary>
    public string? OtherType { get; init; }

    /// <summary>Its place and chain-call actions as the object's <c>.xdp_run_config</c> section gives them; null if it gives none.</summary>
    public LibxdpConfig? RunConfig { get; init; }

    /// <summary>Why this program cannot be loaded although others of its object can; then it has no code.</summary>
    public Problem? Problem { get; init; }

    /// <summary>The section asks for multi-buffer frames (<c>xdp.frags</c>).</summary>
    public bool Frags => Section is "xdp.frags" || Section.StartsWith("xdp.frags/", StringComparison.Ordinal);

    /// <summary>Number of slots that hold an instruction; a 64-bit constant counts as two, as every BPF tool counts it.</summary>
    public int InstructionCount => Code.Length;
}

/// <summary>A function inside a program's code.</summary>
public readonly record struct FunctionSpec(string Name, int Start)
{
    /// <summary>Of a global function, which Linux verifies by the types of its parameters instead of by its callers: these. Null of a static one.</summary>
    public IReadOnlyList<ParameterSpec>? Parameters { get; init; }

    /// <summary>Why a global function cannot be called: what is wrong with its type. Null if nothing is.</summary>
    public string? Fault { get; init; }
}

/// <summary>A parameter of a global function.</summary>
/// <param name="Kind">What callers have to give.</param>
/// <param name="Bytes">The size of memory.</param>
public readonly record struct ParameterSpec(ParameterKind Kind, int Bytes = 0);

public enum ParameterKind : byte
{
    Number,
    Context,

    /// <summary>A pointer to memory of a size, or null.</summary>
    MemoryOrNull,

    /// <summary>A pointer to memory of a size (<c>__arg_nonnull</c>).</summary>
    Memory,

    /// <summary>A dynamic pointer, of whatever kind.</summary>
    Dynptr,
}

/// <summary>The source line of an instruction and those that follow it.</summary>
/// <param name="File">As the compiler was given it.</param>
/// <param name="Number">From 1 on.</param>
/// <param name="Text">The line itself.</param>
public readonly record struct LineSpec(int Slot, string File, int Number, string Text);

/// <summary>A function and its type in an object's type information (<c>struct bpf_func_info</c>).</summary>
/// <param name="Type">The number of a function's type.</param>
public readonly record struct FunctionRecord(int Slot, uint Type);

/// <summary>A source line by an object's type information (<c>struct bpf_line_info</c>).</summary>
/// <param name="File">Where the file's name is among the strings.</param>
/// <param name="Text">The same of the line itself.</param>
/// <param name="Place">Its number, and in the lowest 10 bits the column.</param>
public readonly record struct LineRecord(int Slot, uint File, uint Text, uint Place);

/// <summary>
/// A 64-bit constant that is a map or, when <paramref name="IsValue"/>, the address of the first value of a single-entry array map
/// plus <paramref name="Offset"/> bytes (global data).
/// </summary>
public readonly record struct MapReference(int Slot, string Map, bool IsValue, int Offset);

/// <summary>
/// A call of a kfunc, or a 64-bit constant that is its address, by the name that the object has for it. When <paramref name="IsMissing"/>, it is
/// declared weak and cards do not have it: the address is 0, and a call that is reached aborts.
/// </summary>
public readonly record struct ExternReference(int Slot, string Name, bool IsMissing);

/// <summary>What an instruction needs of the target types and does not find there, as C writes it: <c>struct iphdr.tos</c>.</summary>
public readonly record struct MissingType(int Slot, string What);
