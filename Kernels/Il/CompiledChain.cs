using System.Runtime.CompilerServices;
using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Il;

/// <summary>The code of a chain, the same for every CPU. It goes when no kernel holds it any more.</summary>
sealed class CompiledChain
{
    static readonly ConditionalWeakTable<LoadedProgram, CompiledChain> Alone = [];

    /// <param name="maxNodes">Of one method.</param>
    public CompiledChain(Chain chain, int maxNodes = CodePlan.MaxNodes)
    {
        Programs = [.. chain.Stages.Select(s => s.Program)];
        Code = IlEmitter.Emit(FuseChain.Fuse(Describe(chain)), string.Join('+', Programs.Select(p => p.Name)), StorageOf(chain), maxNodes: maxNodes);
        Events = ChainEvents.CountOf(chain.Stages.Count);
    }

    public LoadedProgram[] Programs { get; }

    public EmittedCode Code { get; }

    /// <summary>Things that are counted in the chain.</summary>
    public int Events { get; }

    /// <summary>The chain as one piece of code; a chain of one program whose codes lead nowhere and stay what they are is that program's own.</summary>
    public static CompiledChain Of(Chain chain) => chain is { Stages: [{ PassAtEnd: 0 } only], HasEdges: false } ? Of(only.Program) : new(chain);

    /// <summary>A program by itself: compiled once, whatever chains it is in.</summary>
    public static CompiledChain Of(LoadedProgram program) => Alone.GetValue(program, p => new(Chain.Of(p)));

    /// <summary>A chain as the compiler takes it.</summary>
    public static ChainCode Describe(Chain chain)
    {
        var maps = new Dictionary<Map, IrMap>();
        return new([.. chain.Stages.Select((stage, n) => new StageLinks(CodeOf(stage.Program, n), [.. stage.Next], stage.PassAtEnd))], Chain.MaxRuns, chain.PreviousVerdict);

        StageCode CodeOf(LoadedProgram program, int number) => new(
            program.Proof ?? throw new InvalidOperationException($"{program.Name} was not proven"), number,
            slot => program.MapAt(slot) is { } map ? maps.TryGetValue(map, out var known) ? known : maps[map] = IrMapOf(map) : null);
    }

    static IrMap IrMapOf(Map map) => new((int)map.Id, map.Spec, map.Cpus, map is { IsFrozen: true, ProgramsMayWrite: false } ? map.Storage : null);

    /// <summary>Maps are found by their ids; they stay where they are as long as the programs that name them.</summary>
    public static Func<IrMap, nint> StorageOf(Chain chain)
    {
        var maps = chain.Stages.SelectMany(s => s.Program.Maps).DistinctBy(m => m.Id).ToDictionary(m => (int)m.Id);
        return map => maps[map.Number].StorageAddress;
    }
}
