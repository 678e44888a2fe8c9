namespace Chainring.Offload.Isa;

/// <summary>What one run of a program can take at most, whoever runs it.</summary>
public static class RunLimits
{
    /// <summary>Functions in progress at once, the entry included.</summary>
    public const int MaxDepth = 8;

    /// <summary>Of each function.</summary>
    public const int StackBytes = 512;

    /// <summary>Successful tail calls of one program run.</summary>
    public const int MaxTailCalls = 33;

    /// <summary>Instructions of one program run: a bound against loops that nothing has proven to end.</summary>
    public const int MaxInstructions = 1 << 24;

    /// <summary>
    /// From here on a <c>may_goto</c> jumps, so that its loop ends and the program has as many instructions left to end by itself. Linux counts 2^23
    /// rounds, or on x86-64 looks at a clock: 250 ms (kernel/bpf/core.c).
    /// </summary>
    public const int LoopsEndAfter = MaxInstructions / 2;

    /// <summary>Rounds of one <c>bpf_loop</c> (BPF_MAX_LOOPS).</summary>
    public const uint MaxRounds = 8 << 20;
}
