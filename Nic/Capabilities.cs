using Chainring.Kernels;

namespace Chainring.Nic;

/// <summary>What the card admits; a refusal names the limit.</summary>
public sealed record Capabilities
{
    /// <summary>Programs that may run on one frame; every backend has this limit.</summary>
    public int ChainRuns { get; } = Chain.MaxRuns;

    /// <summary>Programs loaded at once.</summary>
    public int Programs { get; init; } = 4096;

    /// <summary>Instructions of one program.</summary>
    public int InstructionsPerProgram { get; init; } = 1_000_000;

    /// <summary>Maps at once.</summary>
    public int Maps { get; init; } = 65_536;

    /// <summary>Bytes of the longest frame that a program without frags support is given; no more than a buffer holds.</summary>
    public int FrameBytes
    {
        get;
        init => field = value <= Frame.MaxLength ? value : throw new ArgumentOutOfRangeException(nameof(value));
    } = Frame.MaxLength;

    /// <summary>RX queues; each is a CPU of its own to programs.</summary>
    public int Queues { get; init; } = 1;
}
