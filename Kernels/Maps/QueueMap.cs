using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary><c>BPF_MAP_TYPE_QUEUE</c>: first in, first out.</summary>
public sealed class QueueMap(uint id, MapSpec spec) : PushPopMap(id, spec)
{
    protected override int Next(int head, int tail, int places) => tail;

    protected override (int Head, int Tail) Without(int place, int head, int tail, int places) => (head, (place + 1) % places);
}
