using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>A program to be lowered.</summary>
/// <param name="Proof">The program, and what is known of it.</param>
/// <param name="Number">By which the backend knows it; of the programs of a chain, their place in it.</param>
/// <param name="MapAt">The map that the 64-bit constant at a slot names; null if that is just a number.</param>
public sealed record StageCode(VerifiedProgram Proof, int Number, Func<int, IrMap?> MapAt)
{
    public ProgramSpec Program => Proof.Spec;

    /// <summary>Its id on the card, as prog arrays have it.</summary>
    public uint Id { get; init; }

    /// <summary>The program that is in a slot of a prog array now; null if there is none.</summary>
    public Func<IrMap, uint, StageCode?> InSlot { get; init; } = (_, _) => null;

    /// <summary>Whoever runs it sees to it that slots hold what they hold now: what is tail-called from a known one needs no second way.</summary>
    public bool SlotsStay { get; init; }

    /// <summary>Why it cannot be lowered; null if it can.</summary>
    public LoweringLimit? Limit => Size.Limit;

    /// <summary>What it is when it is lowered by itself.</summary>
    public LoweredSize Size => Lowering.Measure(this);

    /// <summary>It can be left for another program.</summary>
    public bool TailCalls => Proof.Helpers.Any(h => h.Effect == HelperEffect.TailCall);

    /// <summary>Rounds of its loops have to be counted while it runs.</summary>
    public bool CountsInstructions => Proof.WorstCase is null or > RunLimits.MaxInstructions;
}

/// <summary>One run of a stage on a frame's way through the chain; its ends are marked with it until it is known where they lead.</summary>
/// <param name="Runs">How many programs have run on the frame then, this one included: a constant, or a parameter where ways meet.</param>
/// <param name="Metadata">The length of the metadata with which it began, if the verdict before it is there; else null.</param>
public sealed record StageRun(int Stage, Node Runs, Node? Metadata = null)
{
    /// <summary>The same of a copy of what leads to its end.</summary>
    /// <param name="now">What a node is there.</param>
    public StageRun With(Func<Node, Node> now) => this with { Runs = now(Runs), Metadata = Metadata is { } metadata ? now(metadata) : null };
}
