using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

/// <summary>What was found out about one instruction, over all paths that come to it.</summary>
/// <remarks>
/// It holds for every run. Where paths end because an older one covers them, pointers were compared with all that is known of them, so what is said
/// here of pointers is said of those paths too. Numbers on which nothing hangs are not compared, so of them nothing is said, unless
/// <see cref="VerifierOptions.NotesNumbers"/> makes something hang on them.
/// </remarks>
public readonly record struct InstructionFacts
{
    /// <summary>Some path executes it.</summary>
    public bool IsReached { get; init; }

    /// <summary>Of a branch: some path takes it; some path does not.</summary>
    public bool IsTaken { get; init; }

    public bool IsPassed { get; init; }

    /// <summary>
    /// Of a branch that compares a pointer with the packet's end: so many bytes from <c>data</c> on are there, at least, whenever it goes to the edge
    /// <see cref="ProvesIfTaken"/>. Null if some path comes to it with something else, or proves nothing by it.
    /// </summary>
    public int? ProvesBytes { get; init; }

    /// <summary>The edge that <see cref="ProvesBytes"/> is about: where the branch is taken, or where it is not.</summary>
    public bool ProvesIfTaken { get; init; }

    /// <summary>Of a load, a store or an atomic operation: all that some path reaches by it.</summary>
    public AccessRegions Regions { get; init; }

    /// <summary>
    /// Of an access: where its first byte is, at least and at most, in bytes from the start of what it lies in. Null if <see cref="Regions"/> are
    /// several.
    /// </summary>
    public NumberRange? Offsets { get; init; }

    /// <summary>
    /// Of an access: the greatest power of two, 1 to 8, that divides the offset of each from the start of what it lies in. Whether the start
    /// itself is aligned <see cref="AccessRegions"/> says. 0 of what is no access.
    /// </summary>
    public int Alignment { get; init; }

    /// <summary>Of an access to the context: the field.</summary>
    public string? ContextField { get; init; }

    /// <summary>Of a store or an atomic operation: a map whose values some path reaches by it.</summary>
    public MapSpec? StoresTo { get; init; }

    /// <summary>Of a call that moves an end of the frame: by how many bytes; only with <see cref="VerifierOptions.NotesNumbers"/>.</summary>
    public NumberRange? Moves { get; init; }

    /// <summary>Of an exit of the program: the codes that it may return, as bits; a code above the last counts as aborted. Only with <see cref="VerifierOptions.NotesNumbers"/>.</summary>
    public uint Returns { get; init; }
}

/// <summary>The smallest and the largest number that something can be.</summary>
public readonly record struct NumberRange(int Least, int Most)
{
    public NumberRange With(NumberRange other) => new(Math.Min(Least, other.Least), Math.Max(Most, other.Most));
}

/// <summary>A program that was proven: every access that any path can make stays inside what it may touch.</summary>
public sealed class VerifiedProgram
{
    internal VerifiedProgram(ProgramSpec spec, InstructionFacts[] facts) => (Spec, Facts) = (spec, facts);

    public ProgramSpec Spec { get; }

    /// <summary>By slot.</summary>
    public IReadOnlyList<InstructionFacts> Facts { get; }

    /// <summary>Instructions that were followed over all paths.</summary>
    public required int Processed { get; init; }

    /// <summary>States that were kept to compare others with, and the most of them at once.</summary>
    public required int States { get; init; }

    public required int PeakStates { get; init; }

    /// <summary>Bytes of stack of the functions that are in progress at once, at most.</summary>
    public required int StackBytes { get; init; }

    /// <summary>Functions that are in progress at once, at most; 1 if the program calls none.</summary>
    public required int CallDepth { get; init; }

    /// <summary>Instructions that one run executes at most; null if it calls back, has <c>may_goto</c> or global functions, of which nobody counts the rounds.</summary>
    public required long? WorstCase { get; init; }

    /// <summary>Helpers and kfuncs that its code calls, ascending by id.</summary>
    public IReadOnlyList<HelperRow> Helpers => [.. Spec.Code.Select(i => HelperTable.CalledBy(i)).OfType<HelperRow>().Distinct().OrderBy(r => r.Id)];
}
