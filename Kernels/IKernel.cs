namespace Chainring.Kernels;

/// <summary>A chain made ready to run by some backend. Not thread-safe: one per queue.</summary>
public interface IKernel
{
    Chain Chain { get; }

    ChainCounters Counters { get; }

    /// <summary>How it runs on a device, as it stands; null where there is none.</summary>
    DeviceUse? OnDevice => null;

    /// <summary>
    /// Runs every frame of a batch through the chain and fills in its verdicts, and its paths if it has them; the outcome is that of running them one by one in order.
    /// Allocates nothing and does not throw: what a program does wrong is a verdict. A frame with fragments, where the chain does not take them, is aborted
    /// before any program sees it.
    /// </summary>
    void Run(PacketBatch batch);
}

/// <summary>A backend: what turns chains into kernels.</summary>
public interface IKernelTarget
{
    /// <summary>As <c>--backend</c> names it.</summary>
    string Name { get; }

    /// <summary>What it does, for people: half a sentence.</summary>
    string Description { get; }

    /// <summary>What this process lacks for it, half a sentence; null if it can be used.</summary>
    string? Missing => null;

    /// <summary>It does not check accesses while a program runs, and takes no program without its proof (<see cref="LoadedProgram.Proof"/>).</summary>
    bool NeedsProof { get; }

    /// <summary><see cref="Compile"/> may take a second; until then <see cref="CompileStageByStage"/> has what serves.</summary>
    bool Fuses => false;

    /// <summary>Its kernels ask for <see cref="RxHints.Hash"/> of every frame.</summary>
    bool ReadsRxHash => false;

    /// <summary>Whether it is among those that are measured where nobody names a backend, and the fastest taken.</summary>
    bool MayBeChosen => true;

    /// <summary>Why it cannot run a safe program; null if it can. Chains are made only of programs that it can run.</summary>
    Refusal? Refuse(LoadedProgram program) => null;

    /// <summary>Why it cannot run a chain of programs that it takes one by one; null if it can.</summary>
    /// <param name="maps">Of the card.</param>
    Refusal? Refuse(Chain chain, Maps.MapTable maps) => null;

    /// <summary>The best that it can make of a chain. May be called by several threads at once.</summary>
    IKernel Compile(Chain chain, KernelEnvironment environment);

    /// <summary>Does the same, is there sooner and takes longer per frame.</summary>
    IKernel CompileStageByStage(Chain chain, KernelEnvironment environment) => Compile(chain, environment);
}

/// <summary>What the card gives every kernel of one queue.</summary>
/// <param name="Maps">The card's maps by id, whatever program they came with.</param>
/// <param name="Cpu">The queue's number: per-CPU slot and processor id.</param>
/// <param name="Seed">Of all randomness on the card.</param>
/// <param name="Clock">What <c>bpf_ktime_get_ns</c> says.</param>
public sealed record KernelEnvironment(Maps.MapTable Maps, int Cpu, ulong Seed, CardClock Clock)
{
    /// <summary>What the card knows of interfaces; one for the card.</summary>
    public Network.NetworkTable Network { get; init; } = new();

    /// <summary>What its SYN cookies are made with; the same for every CPU.</summary>
    public Helpers.SynCookies Cookies { get; } = new(Seed);

    /// <summary>What programs put out.</summary>
    public EventLog Events { get; } = new(Cpu);
}

/// <summary>The card's clock, in nanoseconds.</summary>
public enum CardClock
{
    /// <summary>The arrival time of the frame being processed.</summary>
    Capture,

    /// <summary>The host's monotonic clock.</summary>
    Wall,
}
