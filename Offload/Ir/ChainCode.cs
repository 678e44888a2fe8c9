using Chainring.Offload.Spec;

namespace Chainring.Offload.Ir;

/// <summary>A stage of a chain and where its return codes lead.</summary>
/// <param name="Next">By slot (aborted, drop, pass, tx, redirect, wildcard) the stage that follows; -1 where none does.</param>
/// <param name="PassAtEnd">Bit n turns a final code n into PASS.</param>
public sealed record StageLinks(StageCode Code, IReadOnlyList<int> Next, uint PassAtEnd)
{
    public const int End = -1;

    const int Wildcard = 5;

    /// <summary>The slot whose edge a return code takes, or <see cref="End"/>: its own, else the wildcard's, but never that for aborted.</summary>
    public int SlotFor(XdpAction action) =>
        Next[(int)action] != End ? (int)action
        : action != XdpAction.Aborted && Next[Wildcard] != End ? Wildcard
        : End;
}

/// <summary>A chain to be compiled; stage 0 is the entry. A single program is a chain of one stage whose codes lead nowhere.</summary>
/// <param name="MaxRuns">Programs that may run on one frame; one more aborts it.</param>
/// <param name="PreviousVerdict">Each stage after the first can read the verdict before it at data_meta.</param>
public sealed record ChainCode(IReadOnlyList<StageLinks> Stages, int MaxRuns, bool PreviousVerdict);

/// <summary>The numbers of what is counted in a chain: what <see cref="Op.Count"/> names.</summary>
public static class ChainEvents
{
    public const int Actions = 5;

    const int Slots = 6, PerStage = Actions + 1 + Slots;

    /// <summary>A run of a stage ends with that action; a run that is aborted ends with it too, so that the runs of a stage are the sum of these.</summary>
    public static int Return(int stage, XdpAction action) => stage * PerStage + (int)action;

    /// <summary>It has returned a code that is no action, and counts as aborted.</summary>
    public static int Unknown(int stage) => stage * PerStage + Actions;

    /// <summary>Its edge in that slot is taken.</summary>
    public static int Edge(int stage, int slot) => stage * PerStage + Actions + 1 + slot;

    public static int CountOf(int stages) => stages * PerStage;

    /// <summary>The event in words: <c>return 0 pass</c>, <c>edge 0 2</c>.</summary>
    public static string NameOf(int number)
    {
        int stage = number / PerStage, kind = number % PerStage;
        return kind < Actions ? $"return {stage} {((XdpAction)kind).ToString().ToLowerInvariant()}"
            : kind == Actions ? $"unknown {stage}"
            : $"edge {stage} {kind - Actions - 1}";
    }
}
