namespace Chainring.Offload.Verify;

/// <summary>Whose rules a program is held to.</summary>
public sealed record VerifierOptions
{
    public static readonly VerifierOptions Default = new();

    /// <summary>Instructions that are followed over all paths, as in Linux (BPF_COMPLEXITY_LIMIT_INSNS).</summary>
    public const int MaxProcessed = 1_000_000;

    /// <summary>Linux' rules without CAP_PERFMON: no reading of stack that was not written, and no pointer may show as a number.</summary>
    public bool Strict { get; init; }

    /// <summary>The program goes to a card, and may do what Linux allows to offloaded programs only: write <c>rx_queue_index</c>.</summary>
    public bool Offloaded { get; init; } = true;

    /// <summary>What a program returns, and by how much it moves the ends of a frame, is found out too: paths that differ only in that are not taken for one.</summary>
    public bool NotesNumbers { get; init; }

    /// <summary>CPUs that <c>bpf_get_smp_processor_id</c> may name; what it answers is below.</summary>
    public int Cpus { get; init; } = 1 << 13;
}
