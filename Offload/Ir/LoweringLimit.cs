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
