namespace Chainring.Offload.Ir;

/// <summary>Why a safe program cannot be lowered.</summary>
public enum LoweringLimitKind
{
    /// <summary>A helper that calls back gets one of several functions, which one is known only when it runs.</summary>
    SeveralFunctions,

    /// <summary>More than <see cref="LoweringLimit.MaxInstructions"/>, those of a function counted at each place where it is called.</summary>
    TooManyInstructions,
}

/// <summary>The first thing of a program that cannot be lowered.</summary>
/// <param name="Slot">The instruction where that shows.</param>
public sealed record LoweringLimit(LoweringLimitKind Kind, int Slot)
{
    /// <summary>Optimising and compiling as many takes seconds.</summary>
    public const int MaxInstructions = 100_000;
}

/// <summary>What a program is when it is lowered by itself, what it tail-calls left aside.</summary>
/// <param name="Instructions">Those of a function counted at each place where it is called; as many as were lowered until it turned out that it cannot be.</param>
/// <param name="Depth">Functions that are entered at the same time, the program itself being one.</param>
/// <param name="Limit">Why it cannot be lowered; null if it can.</param>
public readonly record struct LoweredSize(int Instructions, int Depth, LoweringLimit? Limit);
