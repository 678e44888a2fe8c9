using System.Numerics;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// Maps of a <c>.maps</c> section, declared by the types of their structure's members: <c>__uint(f, n)</c> is a pointer to an array
/// of n, <c>__type(f, t)</c> a pointer to t, <c>__array(f, t)</c> an array of pointers, <c>__ulong(f, n)</c> an enumeration with the
/// one value n.
/// </summary>
static class MapDeclarations
{
    /// <summary>Entries of maps that hold programs or maps are 32-bit numbers.</summary>
    const uint HandleBytes = 4;

    const uint PageBytes = 4096;

    public static Result<List<MapDeclaration>> Read(ElfImage image, Btf btf)
    {
        var maps = new List<MapDeclaration>();
        if (image.Find(".maps") is not { HasContents: true, Size: > 0 } section) return maps;
        if (btf.DataSection(".maps") is not { } declarations) return LoadError.MapsWithoutBtf(image.Name);
        var symbols = image.SymbolsIn(section);

        foreach (var declared in btf.Variables(declarations))
        {
            if (declared is not { Name.Length: > 0, Declaration.Kind: BtfKind.Variable } variable)
                return LoadError.DamagedBtf(image.Name, $"type {declarations.Id}, section .maps");
            // clang leaves the offset of a global variable to the symbol table.
            ulong offset = symbols.TryGetValue(variable.Name, out var symbol) ? (ulong)symbol.Value : variable.Offset;
            if (offset + variable.Size > (ulong)section.Size
                || btf.Strip(variable.Declaration.SizeOrType) is not { Kind: BtfKind.Struct } type)
                return LoadError.MapOutside(image.Name, variable.Name);
            var fields = new Fields(image.Name, variable.Name, btf);
            if (!fields.Read(type).Try(out var spec, out var problem)) return problem;
            int values = fields.Values < 0 ? -1 : (int)offset + fields.Values;
            maps.Add(new(spec, section.Index, (int)offset, (int)(offset + variable.Size), values));
        }
        maps.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        for (int i = 1; i < maps.Count; i++)
        {
            if (maps[i].Offset == maps[i - 1].Offset) return LoadError.MapOutside(image.Name, maps[i].Spec.Name);
        }
        return maps;
    }

    /// <summary>The fields of one declaration; each may be given once.</summary>
    sealed class Fields(string file, string map, Btf btf, bool isInner = false)
    {
        readonly Dictionary<string, ulong> _values = [];
        int? _lockOffset;
        BtfType? _template;
        MapSpec? _inner;

        /// <summary>The offset of the slots that an initialiser fills, or -1.</summary>
        public int Values { get; private set; } = -1;

        public Result<MapSpec> Read(BtfType structure)
        {
            foreach (var declared in btf.Members(structure))
            {
                if (declared is not { } member) return LoadError.DamagedBtf(file, $"type {structure.Id}, map {map}");
                if (ValueOf(member) is not { } value) return LoadError.MapField(file, map, member.Name);
                if (!_values.TryAdd(member.Name, value)) return LoadError.MapFieldTwice(file, map, member.Name);
                if (member.Name == "value") _lockOffset = SpinLocks.OffsetIn(btf, btf.Strip(member.Type)!.Value.SizeOrType);
                if (member.Name == "values") Values = (int)(member.BitOffset / 8);
            }
            var fault = Check() ?? ReadTemplate();
            return fault is not null ? fault : Spec();
        }

        /// <summary>What the maps in a map of maps are like.</summary>
        Problem? ReadTemplate()
        {
            if ((MapType)_values["type"] is not (MapType.ArrayOfMaps or MapType.HashOfMaps) || !_values.ContainsKey("values")) return null;
            if (_template is not { } template) return LoadError.MapTemplate(file, map);
            if (!new Fields(file, $"{map}.inner", btf, isInner: true).Read(template).Try(out _inner, out var problem)) return problem;
            return null;
        }

        ulong? SizeOfValues(uint type)
        {
            if (isInner || btf.Strip(type) is not { Kind: BtfKind.Array } array) return null;
            if (btf.Strip(btf.ElementOf(array)) is { Kind: BtfKind.Pointer } pointer && btf.Strip(pointer.SizeOrType) is { Kind: BtfKind.Struct } structure)
                _template = structure;
            return HandleBytes;
        }

        ulong? ValueOf(BtfMember member) => member.Name switch
        {
            "key" or "value" => btf.Strip(member.Type) is { Kind: BtfKind.Pointer } pointer ? btf.SizeOf(pointer.SizeOrType) : null,
            "values" => SizeOfValues(member.Type),
            "type" or "key_size" or "value_size" or "max_entries" or "map_flags" or "map_extra" or "numa_node" or "pinning" =>
                btf.DeclaredNumber(member.Type),
            _ => null,
        };

        Problem? Check()
        {
            if (!_values.ContainsKey("type")) return LoadError.MapWithoutType(file, map);
            if (_values.GetValueOrDefault("pinning") > 1) return LoadError.MapPinning(file, map);
            if (Differ("key", "key_size")) return LoadError.MapSizesDiffer(file, map, "key", "key_size");
            if (Differ("value", "value_size")) return LoadError.MapSizesDiffer(file, map, "value", "value_size");
            if (Differ("values", "value_size")) return LoadError.MapValuesSize(file, map);
            foreach (var field in new[] { "key", "key_size", "value", "value_size", "max_entries", "type" })
            {
                if (_values.GetValueOrDefault(field) > int.MaxValue) return LoadError.MapSize(file, map, field, _values[field]);
            }
            return _values.GetValueOrDefault("map_flags") > uint.MaxValue
                ? LoadError.MapSize(file, map, "map_flags", _values["map_flags"])
                : null;
        }

        bool Differ(string field, string other) =>
            _values.TryGetValue(field, out var one) && _values.TryGetValue(other, out var two) && one != two;

        MapSpec Spec()
        {
            var type = (MapType)_values["type"];
            ulong value = Either("value", "value_size", "values");
            if (value == 0 && type is MapType.ArrayOfMaps or MapType.HashOfMaps) value = HandleBytes;
            return new()
            {
                Name = map,
                Type = type,
                KeySize = (int)Either("key", "key_size"),
                ValueSize = (int)value,
                MaxEntries = (int)EntriesOf(type),
                Flags = (MapFlags)_values.GetValueOrDefault("map_flags"),
                Extra = _values.GetValueOrDefault("map_extra"),
                LockOffset = _lockOffset <= (int)value - MapSpec.LockBytes ? _lockOffset : null,
                Inner = _inner,
                PinnedByName = _values.GetValueOrDefault("pinning") == 1,
            };
        }

        /// <summary>The size of a ring buffer is rounded up to one that the kernel takes, as by libbpf.</summary>
        ulong EntriesOf(MapType type)
        {
            ulong entries = _values.GetValueOrDefault("max_entries");
            if (type != MapType.RingBuffer || entries is 0 or > int.MaxValue / 2) return entries;
            return Math.Max(PageBytes, BitOperations.RoundUpToPowerOf2(entries));
        }

        ulong Either(params ReadOnlySpan<string> fields)
        {
            foreach (var field in fields)
            {
                if (_values.TryGetValue(field, out var value)) return value;
            }
            return 0;
        }
    }
}
