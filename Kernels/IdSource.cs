namespace Chainring.Kernels;

/// <summary>Ids from 1 on, none given twice. Tables that share a source never have the same one.</summary>
public sealed class IdSource
{
    /// <summary>The id that is given next.</summary>
    public uint Next { get; private set; } = 1;

    public uint Take() => Next++;
}
