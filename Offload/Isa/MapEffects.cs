using Chainring.Offload.Spec;
using static Chainring.Offload.Isa.HelperEffect;

namespace Chainring.Offload.Isa;

/// <summary>What may be done to maps of each type by helpers (check_map_func_compatibility in kernel/bpf/verifier.c).</summary>
public static class MapEffects
{
    static readonly HelperEffect[] Values = [ReadsMap, WritesMap], WalkedValues = [.. Values, CallsBack], PerCpuValues = [.. WalkedValues, ReadsMapOfCpu];

    static readonly Dictionary<MapType, HelperEffect[]> Rows = new()
    {
        [MapType.Array] = WalkedValues,
        [MapType.Hash] = WalkedValues,
        [MapType.LruHash] = WalkedValues,
        [MapType.LpmTrie] = Values,
        [MapType.PerCpuArray] = PerCpuValues,
        [MapType.PerCpuHash] = PerCpuValues,
        [MapType.LruPerCpuHash] = PerCpuValues,
        [MapType.ArrayOfMaps] = [ReadsMap],
        [MapType.HashOfMaps] = [ReadsMap],
        [MapType.Queue] = [Pushes, Pops, Peeks],
        [MapType.Stack] = [Pushes, Pops, Peeks],
        [MapType.BloomFilter] = [Pushes, Peeks],
        [MapType.PerfEventArray] = [OutputsEvent],
        [MapType.RingBuffer] = [OutputsRecord],
        [MapType.ProgramArray] = [TailCall],
        [MapType.DevMap] = [ReadsMap, SetsRedirect],
        [MapType.DevMapHash] = [ReadsMap, SetsRedirect],
        [MapType.XskMap] = [ReadsMap, SetsRedirect],
        [MapType.CpuMap] = [SetsRedirect],
    };

    public static bool Admits(MapType type, HelperEffect effect) => Rows.TryGetValue(type, out var effects) && effects.Contains(effect);

    /// <summary>It changes the map, which one that programs may only read does not admit.</summary>
    public static bool Changes(HelperEffect effect) => effect is WritesMap or Pushes or Pops;
}
