using Chainring.Offload;

namespace Chainring.Host.Driver.Bench;

/// <summary>How one program follows another.</summary>
public enum Mechanism
{
    /// <summary>It does not: a single program, no chain support.</summary>
    Alone,

    /// <summary>The chain table, looked at after each program.</summary>
    StageByStage,

    /// <summary>The chain table, compiled with the programs into one.</summary>
    Fused,

    /// <summary>A tail call whose slot is a constant.</summary>
    TailCall,

    /// <summary>A tail call whose slot is known only when it is made.</summary>
    TailCallAny,

    /// <summary>A program that calls the others as functions of its own, by libxdp's rule: its dispatcher as it would be without <c>freplace</c>.</summary>
    Calls,

    /// <summary>libxdp's dispatcher.</summary>
    Dispatcher,
}

/// <summary>What a stage does: a program of <c>chain.c</c>.</summary>
public enum Stage
{
    Drop,
    Pass,
    Ports,
    Flows,
}

/// <summary>One way of running programs after one another, by whom: what the table compares.</summary>
/// <param name="Engine">Who runs programs: a backend's name, or <c>Linux</c>.</param>
public abstract record ChainWay(string Engine, Mechanism Mechanism)
{
    /// <summary>Programs that can follow one another at most.</summary>
    public abstract int MostPrograms { get; }

    /// <summary>Why there is no such way here, in a sentence; null if there is.</summary>
    public virtual string? Absent => null;

    /// <summary>Stages that follow one another on PASS; a single one with everything that chaining needs, and nothing that follows it, unless it runs alone.</summary>
    public abstract Result<ReadyRun> Open(IReadOnlyList<Stage> stages);
}

/// <summary>A way that cannot be measured here.</summary>
public sealed record AbsentWay(string Engine, Mechanism Mechanism, string Why) : ChainWay(Engine, Mechanism)
{
    public override int MostPrograms => 0;

    public override string Absent => Why;

    public override Result<ReadyRun> Open(IReadOnlyList<Stage> stages) => throw new InvalidOperationException(Why);
}
