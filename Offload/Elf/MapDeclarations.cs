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

    public static Result<List<MapDeclaration>> Read(ElfImage image, Btf btf)
    {
        var maps = new List<MapDeclaration>();
        if (image.Find(".maps") is not { HasContents: true, Size: > 0 } section) return maps;
        if (btf.DataSection(".maps") is not { } declarations) return LoadError.MapsWithoutBtf(image.Name);
        if (!Symbols(image, section).Try(out var symbols, out var problem)) return problem;

        foreach (var declared in btf.Variables(declarations))
        {
            if (declared is not { Name.Length: > 0, Declaration.Kind: BtfKind.Variable } variable)
                return LoadError.DamagedBtf(image.Name, $"type {declarations.Id}, section .maps");
            // clang leaves the offset of a global variable to the symbol table.
            ulong offset = symbols.TryGetValue(variable.Name, out int value) ? (ulong)value : variable.Offset;
            if (offset + variable.Size > (ulong)section.Size
                || btf.Strip(variable.Declaration.SizeOrType) is not { Kind: BtfKind.Struct } type)
                return LoadError.MapOutside(image.Name, variable.Name);
            if (!new Fields(image.Name, variable.Name, btf).Read(type).Try(out var spec, out problem)) return problem;
            int values = btf.Members(type).FirstOrDefault(m => m is { Name: "values" }) is { } member ? (int)offset + (int)(member.BitOffset / 8) : -1;
            maps.Add(new(spec, section.Index, (int)offset, (int)(offset + variable.Size), values));
        }
        maps.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        for (int i = 1; i < maps.Count; i++)
        {
            if (maps[i].Offset == maps[i - 1].Offset) return LoadError.MapOutside(image.Name, maps[i].Spec.Name);
        }
        return CheckInitialisers(image, section, maps) is { } refused ? refused : maps;
    }

    static Result<Dictionary<string, int>> Symbols(ElfImage image, ElfSection section)
    {
        var symbols = new Dictionary<string, int>();
        foreach (ref readonly var symbol in image.Symbols)
        {
            if (symbol.Section != section.Index || symbol.Type == ElfSymbolType.Section) continue;
            if (!image.NameOf(symbol).Try(out var name, out var problem)) return problem;
            symbols.TryAdd(name, symbol.Value);
        }
        return symbols;
    }

    /// <summary>Those of prog arrays are read by <see cref="TailCallSlots"/>.</summary>
    static Problem? CheckInitialisers(ElfImage image, ElfSection section, List<MapDeclaration> maps)
    {
        if (!image.RelocationsOf(section).Try(out var relocations, out var problem)) return problem;
        foreach (var relocation in relocations)
        {
            var filled = maps.Find(m => m.Holds(relocation.Offset)).Spec;
            if (filled is not { Type: MapType.ProgramArray }) return LoadError.MapInitialiser(image.Name, filled?.Name ?? section.Name);
        }
        return null;
    }

    /// <summary>The fields of one declaration; each may be given once.</summary>
    sealed class Fields(string file, string map, Btf btf)
    {
        readonly Dictionary<string, ulong> _values = [];
        int? _lockOffset;

        public Result<MapSpec> Read(BtfType structure)
        {
            foreach (var declared in btf.Members(structure))
            {
                if (declared is not { } member) return LoadError.DamagedBtf(file, $"type {structure.Id}, map {map}");
                if (ValueOf(member) is not { } value) return LoadError.MapField(file, map, member.Name);
                if (!_values.TryAdd(member.Name, value)) return LoadError.MapFieldTwice(file, map, member.Name);
                if (member.Name == "value") _lockOffset = SpinLocks.OffsetIn(btf, btf.Strip(member.Type)!.Value.SizeOrType);
            }
            return Check() is { } problem ? problem : Spec();
        }

        ulong? ValueOf(BtfMember member) => member.Name switch
        {
            "key" or "value" => btf.Strip(member.Type) is { Kind: BtfKind.Pointer } pointer ? btf.SizeOf(pointer.SizeOrType) : null,
            "values" => btf.Strip(member.Type) is { Kind: BtfKind.Array } ? HandleBytes : null,
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
                MaxEntries = (int)_values.GetValueOrDefault("max_entries"),
                Flags = (MapFlags)_values.GetValueOrDefault("map_flags"),
                Extra = _values.GetValueOrDefault("map_extra"),
                LockOffset = _lockOffset <= (int)value - MapSpec.LockBytes ? _lockOffset : null,
                PinnedByName = _values.GetValueOrDefault("pinning") == 1,
            };
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
