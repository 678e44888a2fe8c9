using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>What a card takes for each further queue, and maps for each entry, as they are made.</summary>
static class CardMemoryFacts
{
    const int Ring = 256, MoreQueues = 8, MapEntries = 1 << 16, KeyBytes = 16, ValueBytes = 8;

    static readonly MapType[] Flows = [MapType.Array, MapType.Hash, MapType.LruHash, MapType.PerCpuHash, MapType.LpmTrie];

    public static MemoryFacts Read()
    {
        long one = BytesOf(1), more = BytesOf(1 + MoreQueues);
        return new(Ring, SweepPlan.UsualBatch, (more - one) / MoreQueues, [.. Flows.Select(Of)]);
    }

    /// <summary>What this thread allocates for a card with a port of so many queues.</summary>
    static long BytesOf(int queues)
    {
        Make();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Make();
        return GC.GetAllocatedBytesForCurrentThread() - before;

        void Make()
        {
            var card = new SmartNic(new CardOptions { Target = Kernels.Targets.Reference, Capabilities = new() { Queues = queues } });
            GC.KeepAlive(new Port(card, CaptureRun.Ifindex, new NullWire(), new PortConfig { Queues = queues, Ring = Ring, Batch = SweepPlan.UsualBatch }));
        }
    }

    static EntryBytes Of(MapType type)
    {
        int key = type == MapType.Array ? sizeof(uint) : KeyBytes;
        var spec = new MapSpec { Name = "flows", Type = type, KeySize = key, ValueSize = ValueBytes, MaxEntries = MapEntries, Flags = type == MapType.LpmTrie ? MapFlags.NoPreallocation : MapFlags.None };
        var map = MapKinds.Create(1, spec, cpus: 1).Value;
        return new(spec.TypeName, key, ValueBytes, MapEntries, map.MemoryBytes);
    }
}
