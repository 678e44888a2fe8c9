using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Nic;

/// <summary>
/// What the card admits; a refusal names the limit. As it is made, everything that Chainring can do. <c>CapabilityRules.cs</c> judges by it.
/// </summary>
public sealed partial record Capabilities
{
    /// <summary>What the card is called.</summary>
    public string Name { get; init; } = "unlimited";

    /// <summary>It is no card but the host itself, where programs may not do what only cards allow.</summary>
    public bool IsHost { get; init; }

    // ── Programs ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// <summary>Programs loaded at once.</summary>
    public int Programs { get; init; } = 4096;

    /// <summary>Instructions of one program, dead ones included.</summary>
    public int InstructionsPerProgram { get; init; } = 1_000_000;

    /// <summary>Bytes of stack of the functions that are in progress at once; Linux has no more than that.</summary>
    public int StackBytes { get; init; } = 512;

    /// <summary>Functions in progress at once; Linux has no more than that.</summary>
    public int CallDepth { get; init; } = 8;

    /// <summary>Helpers and kfuncs by their ids in <see cref="Offload.Isa.HelperTable"/>; null for all.</summary>
    public IReadOnlySet<int>? Helpers { get; init; }

    /// <summary>Operations that it does not have, by <see cref="Offload.Isa.OperationNames"/>.</summary>
    public IReadOnlySet<string> MissingOperations { get; init; } = new HashSet<string>();

    /// <summary>Fields of the context that programs can read, by name; null for all.</summary>
    public IReadOnlyList<string>? ContextReads { get; init; }

    /// <summary>Programs can write <c>rx_queue_index</c>.</summary>
    public bool ContextWrites { get; init; } = true;

    /// <summary>Plain stores to map values.</summary>
    public bool MapStores { get; init; } = true;

    /// <summary>Bytes by which <c>bpf_xdp_adjust_head</c> may move the start of a frame; null for any.</summary>
    public NumberLimits? AdjustHead { get; init; }

    /// <summary>Bytes by which <c>bpf_xdp_adjust_tail</c> may move its end; null for any.</summary>
    public NumberLimits? AdjustTail { get; init; }

    /// <summary>What programs may return; null for anything. A code above the last counts as aborted, as when it runs.</summary>
    public IReadOnlySet<XdpAction>? ReturnCodes { get; init; }

    public bool TailCalls { get; init; } = true;

    /// <summary>Redirecting by device maps, CPU maps and socket maps.</summary>
    public bool RedirectMaps { get; init; } = true;

    // ── Maps ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// <summary>Maps at once.</summary>
    public int Maps { get; init; } = 65_536;

    /// <summary>Entries of all maps together.</summary>
    public long MapEntries { get; init; } = long.MaxValue;

    /// <summary>The types of maps and what each may be; null for all types.</summary>
    public IReadOnlyDictionary<MapType, MapLimits>? MapKinds { get; init; }

    // ── Chains ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// <summary>Programs that may run on one frame; every backend has this limit.</summary>
    public int ChainRuns { get; } = Chain.MaxRuns;

    /// <summary>Programs of a chain.</summary>
    public int ChainPrograms { get; init; } = int.MaxValue;

    /// <summary>Edges of a chain.</summary>
    public int ChainEdges { get; init; } = int.MaxValue;

    /// <summary>A program can be put in the place of the attached one.</summary>
    public bool LiveReload { get; init; } = true;

    // ── Frames ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// <summary>Bytes of the longest frame that a program without frags support is given; no more than a buffer holds.</summary>
    public int FrameBytes
    {
        get;
        init => field = value <= Frame.MaxLength ? value : throw new ArgumentOutOfRangeException(nameof(value));
    } = Frame.MaxLength;

    /// <summary>RX queues; each is a CPU of its own to programs.</summary>
    public int Queues { get; init; } = 1;

    // ── How its driver says no ─────────────────────────────────────────────────────────────────────────────────────────

    /// <summary>Names of refusals that the driver checks before all others of the same thing, in its order.</summary>
    public IReadOnlyList<string> ChecksFirst { get; init; } = [];

    /// <summary>What the real card's driver says, by the refusal's name: its text with <c>{id}</c>, <c>{opcode}</c>, <c>{found}</c>, <c>{limit}</c> to be filled in.</summary>
    public IReadOnlyDictionary<string, string> DriverTexts { get; init; } = new Dictionary<string, string>();
}

/// <summary>Numbers that are admitted, both ends included.</summary>
public readonly record struct NumberLimits(int Least, int Most);

/// <summary>What the maps of one type may be.</summary>
public sealed record MapLimits
{
    /// <summary>Bytes of a key, and of a value.</summary>
    public int KeyBytes { get; init; } = int.MaxValue;

    public int ValueBytes { get; init; } = int.MaxValue;

    /// <summary>Bytes of key and value together, each rounded up to 8.</summary>
    public int ElementBytes { get; init; } = int.MaxValue;

    public int Entries { get; init; } = int.MaxValue;

    public MapFlags Flags { get; init; } = (MapFlags)uint.MaxValue;

    /// <summary>It stays in the host, and takes no room on the card.</summary>
    public bool OfHost { get; init; }
}
