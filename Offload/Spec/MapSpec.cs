namespace Chainring.Offload.Spec;

/// <summary>Map types by the kernel's numbers (<c>enum bpf_map_type</c>).</summary>
public enum MapType
{
    Unspecified = 0,
    Hash = 1,
    Array = 2,
    ProgramArray = 3,
    PerfEventArray = 4,
    PerCpuHash = 5,
    PerCpuArray = 6,
    StackTrace = 7,
    CgroupArray = 8,
    LruHash = 9,
    LruPerCpuHash = 10,
    LpmTrie = 11,
    ArrayOfMaps = 12,
    HashOfMaps = 13,
    DevMap = 14,
    SockMap = 15,
    CpuMap = 16,
    XskMap = 17,
    SockHash = 18,
    Queue = 22,
    Stack = 23,
    DevMapHash = 25,
    RingBuffer = 27,
    BloomFilter = 30,
}

/// <summary>Creation flags (<c>BPF_F_*</c> of BPF_MAP_CREATE).</summary>
[Flags]
public enum MapFlags : uint
{
    None = 0,
    NoPreallocation = 1 << 0,
    NoCommonLru = 1 << 1,
    NumaNode = 1 << 2,
    ReadOnly = 1 << 3,
    WriteOnly = 1 << 4,
    ReadOnlyForPrograms = 1 << 7,
    WriteOnlyForPrograms = 1 << 8,
    Mmapable = 1 << 10,
}

/// <summary>What a static initialiser puts into a map: the name of a map of the same object, or for a prog array of a program.</summary>
public readonly record struct MapSlotSpec(string Map, int Index, string Target);

/// <summary>A map as an object file declares it: pure data.</summary>
public sealed record MapSpec
{
    /// <summary>The size of <c>struct bpf_spin_lock</c>.</summary>
    public const int LockBytes = 4;

    /// <summary>The symbol's name; for global data the section's, such as <c>.bss</c> or <c>.rodata.str1.1</c>.</summary>
    public required string Name { get; init; }

    public required MapType Type { get; init; }

    /// <summary>Bytes; 0 where the type has no key.</summary>
    public required int KeySize { get; init; }

    /// <summary>Bytes.</summary>
    public required int ValueSize { get; init; }

    public required int MaxEntries { get; init; }

    public MapFlags Flags { get; init; }

    /// <summary><c>map_extra</c>: for a Bloom filter the number of hash functions; 0 where the type has no use for it.</summary>
    public ulong Extra { get; init; }

    /// <summary>Where in a value the lock is (<c>struct bpf_spin_lock</c>); null if there is none.</summary>
    public int? LockOffset { get; init; }

    /// <summary>For a map of maps, what each map in it is like; null otherwise.</summary>
    public MapSpec? Inner { get; init; }

    /// <summary>Declared with <c>LIBBPF_PIN_BY_NAME</c>: programs of one chain that declare it share one map.</summary>
    public bool PinnedByName { get; init; }

    /// <summary>For global data, the contents of its single value; null otherwise.</summary>
    public byte[]? InitialValue { get; init; }

    /// <summary>Global data: a section of the object turned into an array map of one entry.</summary>
    public bool IsGlobalData => InitialValue is not null;

    /// <summary>The type by the name bpftool gives it.</summary>
    public string TypeName => NameOf(Type);

    /// <summary>bpftool's name of a map type (<c>percpu_hash</c>, <c>prog_array</c>, …).</summary>
    public static string NameOf(MapType type) => type switch
    {
        MapType.Unspecified => "unspec",
        MapType.Hash => "hash",
        MapType.Array => "array",
        MapType.ProgramArray => "prog_array",
        MapType.PerfEventArray => "perf_event_array",
        MapType.PerCpuHash => "percpu_hash",
        MapType.PerCpuArray => "percpu_array",
        MapType.StackTrace => "stack_trace",
        MapType.CgroupArray => "cgroup_array",
        MapType.LruHash => "lru_hash",
        MapType.LruPerCpuHash => "lru_percpu_hash",
        MapType.LpmTrie => "lpm_trie",
        MapType.ArrayOfMaps => "array_of_maps",
        MapType.HashOfMaps => "hash_of_maps",
        MapType.DevMap => "devmap",
        MapType.SockMap => "sockmap",
        MapType.CpuMap => "cpumap",
        MapType.XskMap => "xskmap",
        MapType.SockHash => "sockhash",
        MapType.Queue => "queue",
        MapType.Stack => "stack",
        MapType.DevMapHash => "devmap_hash",
        MapType.RingBuffer => "ringbuf",
        MapType.BloomFilter => "bloom_filter",
        _ => $"type_{(int)type}",
    };
}
