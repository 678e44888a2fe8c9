using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>A kernel configuration value that an object uses.</summary>
/// <param name="Offset">Where it lies in the map of them all.</param>
/// <param name="Fault">Why it has no value; then the object's programs cannot use it.</param>
readonly record struct KernelConfigEntry(int Offset, string? Fault);

/// <summary>
/// The <c>__kconfig</c> externs of an object: they lie in one read-only map, largest alignment first, then by size and name, as libbpf lays
/// them out. A weak one that nobody gives is 0; a strong one is not there.
/// </summary>
sealed class KernelConfig
{
    public const string MapName = ".kconfig";

    /// <summary>In place of the number of a section.</summary>
    const int NoSection = -1;

    readonly Dictionary<string, KernelConfigEntry> _entries = [];

    /// <summary>What the flavour of Linux that cards follow would say.</summary>
    static readonly Dictionary<string, string> Virtual = new()
    {
        ["LINUX_KERNEL_VERSION"] = $"{(6 << 16) + (18 << 8)}",
        ["LINUX_HAS_BPF_COOKIE"] = "1",
        ["LINUX_HAS_SYSCALL_WRAPPER"] = "1",
    };

    /// <summary>The map of the values; empty if there are none.</summary>
    public IReadOnlyList<MapDeclaration> Map { get; private init; } = [];

    /// <summary>Null for a value that nobody gives.</summary>
    public KernelConfigEntry? Find(string name) => _entries.TryGetValue(name, out var entry) ? entry : null;

    /// <param name="given">Values by name, as a kernel's <c>.config</c> writes them.</param>
    public static Result<KernelConfig> Read(ElfImage image, Btf btf, ExternTable externs, IReadOnlyDictionary<string, string> given)
    {
        var used = new List<(string Name, bool IsWeak, KernelConfigType Type)>();
        var seen = new HashSet<string>();
        ulong total = 0;
        foreach (ref readonly var symbol in image.Symbols)
        {
            if (!symbol.IsUndefined || symbol.NameOffset == 0) continue;
            if (!image.NameOf(symbol).Try(out var name, out _)) continue;
            if (externs.Find(name) is not { Section: ExternTable.KernelConfiguration } declared || !seen.Add(name)) continue;
            var type = KernelConfigType.Of(btf, declared.Type);
            total += (ulong)type.Size;
            if (total > GlobalData.MaxBytes) return LoadError.TooMuchData(image.Name, MapName, total, GlobalData.MaxBytes);
            used.Add((name, symbol.IsWeak, type));
        }
        if (used.Count == 0) return new KernelConfig();

        used.Sort((a, b) => (-a.Type.Alignment, a.Type.Size).CompareTo((-b.Type.Alignment, b.Type.Size)) is not 0 and var order
            ? order
            : string.CompareOrdinal(a.Name, b.Name));
        var entries = new List<(string Name, KernelConfigEntry Entry)>();
        var bytes = new byte[used.Aggregate(0, (end, u) => Align(end, u.Type.Alignment) + u.Type.Size)];
        int offset = 0;
        foreach (var (name, isWeak, type) in used)
        {
            offset = Align(offset, type.Alignment);
            string? text = given.TryGetValue(name, out var value) ? value : Virtual.GetValueOrDefault(name);
            string? fault = text is not null ? type.Write(text, bytes.AsSpan(offset, type.Size)) : type.Fault;
            if (text is not null || isWeak) entries.Add((name, new(offset, fault)));
            offset += type.Size;
        }
        var map = new MapSpec
        {
            Name = MapName,
            Type = MapType.Array,
            KeySize = sizeof(int),
            ValueSize = bytes.Length,
            MaxEntries = 1,
            Flags = MapFlags.ReadOnlyForPrograms | MapFlags.Mmapable,
            InitialValue = bytes,
        };
        var config = new KernelConfig { Map = bytes.Length > 0 ? [new(map, NoSection, 0)] : [] };
        foreach (var (name, entry) in entries) config._entries.Add(name, entry);
        return config;
    }

    static int Align(int offset, int alignment) => (offset + alignment - 1) & -alignment;
}
