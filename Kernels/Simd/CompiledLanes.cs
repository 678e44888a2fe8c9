using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>Compiled code: runs the lanes whose bits are set, and leaves for each its verdict (<see cref="CompiledVerdict"/>) or where it goes on by itself.</summary>
delegate void CompiledLaneCode(Execution execution, nint lanes, int mask);

/// <summary>The code of a chain for several frames at once, the same for every CPU. It goes when no kernel holds it any more.</summary>
sealed class CompiledLanes
{
    static readonly ConditionalWeakTable<Chain, CompiledLanes?> Compiled = [];

    CompiledLanes(Chain chain, ChainDescription described, LanePlan plan, LaneShape shape)
    {
        Shape = shape;
        string name = CompiledChain.NameOf(chain);
        var paths = new PathTable();
        (Together, RestMethods) = Emit(plan, shape, name, described.StorageOf, paths);
        Run = Together.CreateDelegate<CompiledLaneCode>();
        Rest = RestMethods.Count == 0 ? null : RestMethods[0].CreateDelegate<CompiledRest>();
        foreach (var piece in RestMethods.Skip(1)) RuntimeHelpers.PrepareDelegate(piece.CreateDelegate<CompiledPiece>());
        RuntimeHelpers.PrepareDelegate(Run);
        if (Rest is not null) RuntimeHelpers.PrepareDelegate(Rest);
        (Programs, Paths, Spills) = ([.. described.Programs], paths.All, plan.Rest?.Spills ?? 0);
    }

    public LaneShape Shape { get; }

    public CompiledLaneCode Run { get; }

    /// <summary>What is run frame by frame; null if nothing is.</summary>
    public CompiledRest? Rest { get; }

    public DynamicMethod Together { get; }

    public IReadOnlyList<DynamicMethod> RestMethods { get; }

    /// <summary>The chain's programs by stage, and then those that are tail-called.</summary>
    public LoadedProgram[] Programs { get; }

    /// <summary>The events of each count.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Paths { get; }

    /// <summary>Vectors of values that are handed from the one to the other.</summary>
    public int Spills { get; }

    /// <summary>Compiled once; null if nothing of the chain can be done for several frames at once, or it is too large for one piece.</summary>
    public static CompiledLanes? Of(Chain chain) => Compiled.GetValue(chain, c => Of(c, LaneShape.Here));

    /// <summary>Likewise, for vectors of that shape.</summary>
    internal static CompiledLanes? Of(Chain chain, LaneShape shape)
    {
        var described = new ChainDescription(chain);
        if (!FuseChain.CanFuse(described.Code)) return null;
        var plan = new LanePlan(FuseChain.Fuse(described.Code), shape.Bytes);
        return plan.IsWorthIt ? new(chain, described, plan, shape) : null;
    }

    /// <summary>The method for lanes, and those for what is left.</summary>
    /// <param name="log">Is told each line of IL.</param>
    internal static (DynamicMethod Together, IReadOnlyList<DynamicMethod> After) Emit(LanePlan plan, LaneShape shape, string name, Func<IrMap, nint> storage, PathTable paths, Action<string>? log = null)
    {
        var method = new DynamicMethod($"{name}.lanes", typeof(void), [typeof(Execution), typeof(nint), typeof(int)], typeof(Execution).Module, skipVisibility: true);
        new LaneEmitter(new IlWriter(method.GetILGenerator(64 * 1024), method.Name, log), plan, shape, storage, paths.Of).Emit();
        return (method, plan.Rest is null ? [] : IlEmitter.EmitRest(plan.Rest, name, storage, paths, log));
    }
}
