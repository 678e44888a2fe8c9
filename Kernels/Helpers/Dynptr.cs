using Chainring.Kernels.Maps;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// A dynamic pointer (<c>struct bpf_dynptr_kern</c>): some bytes of a map value, of a ring buffer's record, or of the frame. A program has it on
/// its stack, but not these fields: a backend keeps them beside the stack, so that no store can forge one.
/// </summary>
/// <param name="Kind">One kind, also where it points nowhere.</param>
/// <param name="Holder">Which reservation of a record it holds, as its clones do; 0 if none.</param>
public readonly record struct Dynptr(DynptrKinds Kind, uint Holder)
{
    /// <summary>More than that is E2BIG.</summary>
    public const uint MaxSize = (1 << 24) - 1;

    /// <summary>The map whose storage has the bytes; null for the frame.</summary>
    public Map? Map { get; init; }

    /// <summary>In that storage, where the record begins or the part of the value.</summary>
    public int Start { get; init; }

    /// <summary>From there, or from data, to the first of the bytes; it only grows.</summary>
    public uint Offset { get; init; }

    /// <summary>How many bytes there are. A frame may have become shorter since.</summary>
    public uint Size { get; init; }

    /// <summary>False as long as what was to make it has not succeeded.</summary>
    public bool Points { get; init; }

    /// <summary>Whether it has so many bytes from there on.</summary>
    public bool Has(uint offset, uint length) => length <= Size && offset <= Size - length;
}
