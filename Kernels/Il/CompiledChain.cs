using System.Runtime.CompilerServices;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Il;

/// <summary>The code of a chain, the same for every CPU. It goes when no kernel holds it any more.</summary>
sealed class CompiledChain
{
    static readonly ConditionalWeakTable<LoadedProgram, CompiledChain> Alone = [];
    static readonly ConditionalWeakTable<Chain, CompiledChain?> Fused = [];

    readonly ChainDescription _described;

    /// <param name="maxNodes">Of one method.</param>
    public CompiledChain(Chain chain, int maxNodes = CodePlan.MaxNodes)
    {
        _described = new(chain);
        Code = IlEmitter.Emit(FuseChain.Fuse(_described.Code), NameOf(chain), _described.StorageOf, maxNodes: maxNodes);
        Programs = [.. _described.Programs];
        Events = ChainEvents.CountOf(chain.Stages.Count);
        Code.Compile();
    }

    /// <summary>What its methods are called.</summary>
    internal static string NameOf(Chain chain) => string.Join('+', chain.Stages.Select(s => s.Program.Name));

    /// <summary>The chain's programs by stage, and then those that are tail-called.</summary>
    public LoadedProgram[] Programs { get; }

    public EmittedCode Code { get; }

    /// <summary>Things that are counted in the chain.</summary>
    public int Events { get; }

    /// <summary>
    /// The chain as one piece of code, compiled once; a chain of one program whose codes lead nowhere and stay what they are is that program's own. Null if
    /// it is too large for one.
    /// </summary>
    public static CompiledChain? Of(Chain chain) => chain is { Stages: [{ PassAtEnd: 0 } only], HasEdges: false } ? Of(only.Program)
        : Fused.GetValue(chain, c => FuseChain.CanFuse(new ChainDescription(c).Code) ? new(c) : null);

    /// <summary>A program by itself: compiled once, whatever chains it is in, unless what it tail-calls has changed.</summary>
    public static CompiledChain Of(LoadedProgram program)
    {
        var known = Alone.GetValue(program, p => new(Chain.Of(p)));
        if (known._described.IsCurrent) return known;
        known = new(Chain.Of(program));
        Alone.AddOrUpdate(program, known);
        return known;
    }
}
