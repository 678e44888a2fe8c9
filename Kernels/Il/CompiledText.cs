using System.Reflection.Emit;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Il;

/// <summary>What the compiler makes of a chain, for people. Every program of the chain must be proven, and none refused by <see cref="IlTarget"/>.</summary>
public static class CompiledText
{
    /// <summary>The graph after all passes.</summary>
    /// <param name="each">Told of the graph after each pass that changed it, by the pass's name.</param>
    public static string Graph(Chain chain, Action<string, string>? each = null) =>
        IrText.Of(FuseChain.Fuse(new ChainDescription(chain).Code, each: each is null ? null : (pass, graph) => each(pass, IrText.Of(graph))));

    /// <summary>The methods of the chain as a whole, which have not run yet; the first is that which is called.</summary>
    /// <param name="name">What that is called.</param>
    /// <param name="line">Told of each line of IL.</param>
    public static IReadOnlyList<DynamicMethod> Methods(Chain chain, string name, Action<string>? line = null)
    {
        var described = new ChainDescription(chain);
        return IlEmitter.Emit(FuseChain.Fuse(described.Code), name, described.StorageOf, line).Methods;
    }
}
