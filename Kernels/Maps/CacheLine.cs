using System.Runtime.Intrinsics.X86;

namespace Chainring.Kernels.Maps;

/// <summary>Memory that will be wanted soon.</summary>
static unsafe class CacheLine
{
    /// <summary>Has it brought near; nothing waits for it. Any address will do, and where the processor has no such instruction nothing happens.</summary>
    public static void Fetch(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }
}
