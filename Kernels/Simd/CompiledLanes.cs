using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <summary>Compiled code for one CPU, as <see cref="CompiledFrame"/>: runs the lanes whose bits are set, and leaves for each its verdict (<see cref="Verdict.Word"/>) or where it goes on by itself.</summary>
delegate void CompiledLaneCode(nint lanes, int mask);

/// <summary>The code of a chain for several frames at once, the same for every CPU. It goes when no kernel holds it any more.</summary>
sealed class CompiledLanes
{
    static readonly ConditionalWeakTable<Chain, CompiledLanes?> Compiled = [];

    readonly ChainDescription _described;

    CompiledLanes(Chain chain, ChainDescription described, LanePlan plan, LaneShape shape)
    {
        Shape = shape;
        string name = CompiledChain.NameOf(chain);
        var paths = new PathTable();
        (Together, RestMethods) = Emit(plan, shape, name, described.StorageOf, paths);
        foreach (var method in Together) EmittedCode.Bound<CompiledLaneCode>(method, null);
        if (HasRest) EmittedCode.Bound<CompiledRest>(RestMethods[0], null);
        EmittedCode.CompilePieces(RestMethods);
        _described = described;
        (Programs, Paths, Spills, Slices) = ([.. described.Programs], paths.All, plan.VectorsOfValues(shape.Bytes), (plan.Headers.Bytes + HeaderSlices.WordBytes - 1) / HeaderSlices.WordBytes);
    }

    public LaneShape Shape { get; }

    /// <summary>Prog arrays still hold the programs that are part of the code.</summary>
    public bool IsCurrent => _described.TakenSlotsStay;

    /// <summary>What is run for several frames at once, one after the other.</summary>
    public IReadOnlyList<DynamicMethod> Together { get; }

    /// <summary>What is run frame by frame; none if nothing is.</summary>
    public IReadOnlyList<DynamicMethod> RestMethods { get; }

    public bool HasRest => RestMethods.Count > 0;

    /// <summary>The chain's programs by stage, and then those that are tail-called.</summary>
    public LoadedProgram[] Programs { get; }

    /// <summary>The events of each count.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Paths { get; }

    /// <summary>Vectors of values that methods hand to each other.</summary>
    public int Spills { get; }

    /// <summary>Words of the beginnings of frames that it wants set out (<see cref="HeaderSlices"/>).</summary>
    public int Slices { get; }

    /// <summary>The code for one CPU: to be called one after the other.</summary>
    public CompiledLaneCode[] On(Execution execution) => [.. Together.Select(method => EmittedCode.Bound<CompiledLaneCode>(method, execution))];

    /// <summary>Likewise that which goes on with one frame; null if none does.</summary>
    public CompiledRest? RestOn(Execution execution) => HasRest ? EmittedCode.Bound<CompiledRest>(RestMethods[0], execution) : null;

    /// <summary>Compiled once; null if nothing of the chain can be done for several frames at once, or it is too large for one piece.</summary>
    public static CompiledLanes? Of(Chain chain)
    {
        var known = Compiled.GetValue(chain, c => Of(c, LaneShape.Here));
        if (known is null or { IsCurrent: true }) return known;
        known = Of(chain, LaneShape.Here);
        Compiled.AddOrUpdate(chain, known);
        return known;
    }

    /// <summary>Likewise, for vectors of that shape.</summary>
    /// <param name="maxNodes">Of one method; as many as are good if it is not said.</param>
    internal static CompiledLanes? Of(Chain chain, LaneShape shape, int? maxNodes = null)
    {
        var described = new ChainDescription(chain, slotsStay: true);
        if (!FuseChain.CanFuse(described.Code)) return null;
        var plan = new LanePlan(described.Code, shape.Bytes, maxNodes ?? LanePlan.MaxNodes);
        return plan.IsWorthIt ? new(chain, described, plan, shape) : null;
    }

    /// <summary>The methods for lanes, and those for what is left.</summary>
    /// <param name="log">Is told each line of IL.</param>
    internal static (IReadOnlyList<DynamicMethod> Together, IReadOnlyList<DynamicMethod> After) Emit(LanePlan plan, LaneShape shape, string name, Func<IrMap, nint> storage, PathTable paths, Action<string>? log = null)
    {
        var methods = Enumerable.Range(0, plan.Pieces.All.Count).Select(piece =>
        {
            var method = new DynamicMethod(piece == 0 ? $"{name}.lanes" : $"{name}.lanes.{piece}", typeof(void), [typeof(Execution), typeof(nint), typeof(int)], typeof(Execution).Module, skipVisibility: true);
            new LaneEmitter(new IlWriter(method.GetILGenerator(64 * 1024), method.Name, log), plan, piece, shape, storage, paths.Of).Emit();
            return method;
        }).ToList();
        return (methods, plan.Rest is null ? [] : IlEmitter.EmitRest(plan.Rest, name, storage, paths, log));
    }
}
