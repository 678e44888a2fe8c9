using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;

namespace Chainring.Kernels;

/// <summary>
/// The programs that can follow one another on a frame, linked: an immutable picture of a chain table. A single program is a chain of
/// one stage without edges. Stage 0 is the entry.
/// </summary>
public sealed class Chain
{
    /// <summary>Programs that may run on one frame; needing one more aborts it.</summary>
    public const int MaxRuns = 32;

    /// <summary>No further stage.</summary>
    public const int End = -1;

    public required IReadOnlyList<ChainStage> Stages { get; init; }

    /// <summary>Each stage after the first can read the verdict before it in the word at data_meta (see <see cref="Kernels.PreviousVerdict"/>).</summary>
    public bool PreviousVerdict { get; init; }

    /// <summary>
    /// Whether a program that runs on a frame may ask for <see cref="RxHints.Hash"/>: one of the chain does, or one can make tail calls, since
    /// what is in a prog array may change at any time.
    /// </summary>
    public bool MayReadRxHash => Stages.Any(s => s.Program.ReadsRxHash || s.Program.Maps.OfType<ProgramArrayMap>().Any());

    /// <summary>
    /// Whether frames may have fragments: every program supports them, as libxdp's dispatcher has it. What is in a prog array is of the same kind as
    /// the programs that use it.
    /// </summary>
    public bool TakesFragments => Stages.All(s => s.Program.Spec.Frags);

    /// <summary>Whether a code can lead from one program to another.</summary>
    public bool HasEdges => Stages.Any(s => s.Next.ContainsAnyExcept(End));

    /// <summary>A chain of one program.</summary>
    public static Chain Of(LoadedProgram program) => new() { Stages = [new ChainStage { Program = program }] };
}

/// <summary>One program of a chain and where its return codes lead.</summary>
public sealed class ChainStage
{
    /// <summary>Aborted, drop, pass, tx, redirect, wildcard.</summary>
    public const int Slots = 6;

    public const int WildcardSlot = 5;

    readonly int[] _next = [Chain.End, Chain.End, Chain.End, Chain.End, Chain.End, Chain.End];

    public required LoadedProgram Program { get; init; }

    /// <summary>libxdp's end of chain: bit n turns a final code n into PASS. 0 keeps the code.</summary>
    public uint PassAtEnd { get; init; }

    /// <summary>Next stages by slot, <see cref="Chain.End"/> where there is none.</summary>
    public ReadOnlySpan<int> Next
    {
        get => _next;
        init => value.CopyTo(_next);
    }

    /// <summary>The slot whose edge a return code takes, or <see cref="Chain.End"/>: its own, else the wildcard's, but never that for aborted.</summary>
    public int SlotFor(XdpAction action) =>
        _next[(int)action] != Chain.End ? (int)action
        : action != XdpAction.Aborted && _next[WildcardSlot] != Chain.End ? WildcardSlot
        : Chain.End;
}
