using Chainring.Offload.Isa;

namespace Chainring.Kernels.Maps;

/// <summary>A map without keys: what <c>bpf_map_push_elem</c>, <c>_pop_elem</c> and <c>_peek_elem</c> work on. Answers are 0 or a negative errno.</summary>
public interface IPushMap
{
    /// <summary>What a peek does to the value that it is given.</summary>
    MemoryAccess PeekAccess { get; }

    int Push(ReadOnlySpan<byte> value, ulong flags);

    int Peek(Span<byte> value);

    int Pop(Span<byte> value);
}
