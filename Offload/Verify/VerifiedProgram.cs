using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

/// <summary>What was found out about one instruction, over all paths that come to it.</summary>
public readonly record struct InstructionFacts
{
    /// <summary>Some path executes it.</summary>
    public bool IsReached { get; init; }

    /// <summary>Of a branch: some path takes it; some path does not.</summary>
    public bool IsTaken { get; init; }

    public bool IsPassed { get; init; }
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

    /// <summary>Instructions that one run executes at most; null if it calls back, has <c>may_goto</c> or global functions, of which nobody counts the rounds.</summary>
    public required long? WorstCase { get; init; }

    /// <summary>Helpers and kfuncs that its code calls, ascending by id.</summary>
    public IReadOnlyList<HelperRow> Helpers => [.. Spec.Code.Select(i => HelperTable.CalledBy(i)).OfType<HelperRow>().Distinct().OrderBy(r => r.Id)];
}
