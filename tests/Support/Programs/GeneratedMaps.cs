using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Tests.Support.Programs;

/// <summary>The maps that generated programs name.</summary>
static class GeneratedMaps
{
    public const int BytesSize = 64, TableSize = 16, HashSize = 24, HashKey = 8, LockedSize = 16, LockBytes = MapSpec.LockBytes, TableEntries = 4;

    public static IReadOnlyList<MapSpec> All { get; } =
    [
        Map("bytes", MapType.Array, value: BytesSize),
        Map("table", MapType.Array, value: TableSize, entries: TableEntries),
        Map("hash", MapType.Hash, key: HashKey, value: HashSize, entries: 8),
        Map("per_cpu", MapType.PerCpuArray, value: 8, entries: 2),
        Map("fixed", MapType.Array, value: 32) with
        {
            Flags = MapFlags.ReadOnlyForPrograms, InitialValue = [1, 0, 0, 0, 63, 0, 0, 0, 200, 1, 255, 127, 0, 0, 16, 0, 255, 255, 255, 255, 8, 0, 0, 0, .. "GET / \0x"u8],
        },
        Map("sealed", MapType.Array, value: 16) with { Flags = MapFlags.WriteOnlyForPrograms },
        Map("locked", MapType.Array, value: LockedSize) with { LockOffset = 0 },
        Map("outer", MapType.ArrayOfMaps, value: 4, entries: 2) with { Inner = Map("inner", MapType.Array, value: 32, entries: 2) },
        Map("queue", MapType.Queue, key: 0, value: 8, entries: 4),
        Map("ring", MapType.RingBuffer, key: 0, value: 0, entries: 4096),
        Map("events", MapType.PerfEventArray, value: 4, entries: 4),
        Map("programs", MapType.ProgramArray, value: 4, entries: 4),
        Map("devices", MapType.DevMap, value: 4, entries: 4),
    ];

    static readonly Dictionary<string, MapFacts> Facts = All.ToDictionary(m => m.Name, m => new MapFacts(m, m.InitialValue));

    public static MapFacts FactsOf(string name) => Facts[name];

    static MapSpec Map(string name, MapType type, int value, int key = 4, int entries = 1) =>
        new() { Name = name, Type = type, KeySize = key, ValueSize = value, MaxEntries = entries };
}
