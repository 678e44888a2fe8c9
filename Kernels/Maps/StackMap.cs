using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary><c>BPF_MAP_TYPE_STACK</c>: last in, first out.</summary>
public sealed class StackMap(uint id, MapSpec spec) : PushPopMap(id, spec)
{
    protected override int Next(int head, int tail, int places) => (head + places - 1) % places;

    protected override (int Head, int Tail) Without(int place, int head, int tail, int places) => (place, tail);
}
