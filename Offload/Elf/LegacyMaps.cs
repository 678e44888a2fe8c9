using Chainring.Offload.Spec;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

/// <summary>
/// Maps of a section <c>maps</c>, or of several <c>maps/NAME</c>: one record of 32-bit fields per symbol, all of one size. libbpf's
/// <c>struct bpf_map_def</c> ends after the flags, iproute2's <c>struct bpf_elf_map</c> has nine fields; type information, where there is any, says
/// where others have theirs.
/// </summary>
/// <remarks><code>
/// type 0   key size 4   value size 8   max entries 12   flags 16   id 20   pinning 24   inner id 28   inner index 32      iproute2
/// type 0   key size 4   value size 8   max entries 12   flags 16   inner map index 20   NUMA node 24                      samples of Linux
/// </code>
/// A map of maps says what is in it by the id or by the number of another map. With iproute2 every map of that id also stands in it, at its inner
/// index, unless that is −1.</remarks>
sealed class LegacyMaps
{
    const int SmallestRecord = 16, Iproute2Record = 36, LongestIproute2Record = 44, PinnedInGlobalNamespace = 2, HandleBytes = 4;

    /// <summary>Of an object: it bounds how many maps can stand in how many others. iproute2 takes 64.</summary>
    const int MaxMaps = 1024;

    /// <summary>The fields of a record that mean something.</summary>
    enum Field { Type, KeySize, ValueSize, MaxEntries, Flags, Pinning, Id, InnerId, InnerIndex, InnerMap }

    static readonly string[][] FieldNames =
    [
        ["type"], ["key_size", "size_key"], ["value_size", "size_value"], ["max_entries", "max_elem"], ["map_flags", "flags"], ["pinning"],
        ["id"], ["inner_id"], ["inner_idx"], ["inner_map_idx"],
    ];

    /// <param name="Number">Of all in its section.</param>
    /// <param name="Fields">By <see cref="Field"/>; null for one that the record does not have.</param>
    sealed record Record(MapSpec Spec, int Section, int Offset, int Number, uint?[] Fields)
    {
        public uint this[Field field] => Fields[(int)field] ?? 0;

        public bool IsMapOfMaps => Spec.Type is MapType.ArrayOfMaps or MapType.HashOfMaps;
    }

    readonly List<Record> _records = [];

    public IEnumerable<MapDeclaration> Declarations => _records.Select(r => new MapDeclaration(r.Spec, r.Section, r.Offset));

    /// <summary>Which maps stand in which.</summary>
    public IEnumerable<MapSlotSpec> Slots =>
        from inner in _records
        where inner[Field.Id] != 0 && inner[Field.InnerId] == 0 && inner.Fields[(int)Field.InnerIndex] is not (null or uint.MaxValue)
        from outer in _records
        where outer.IsMapOfMaps && outer[Field.InnerId] == inner[Field.Id]
        select new MapSlotSpec(outer.Spec.Name, (int)inner[Field.InnerIndex], inner.Spec.Name);

    public static Result<LegacyMaps> Read(ElfImage image, Btf btf)
    {
        var maps = new LegacyMaps();
        foreach (ref readonly var section in image.Sections)
        {
            bool isMaps = section is { HasContents: true, Size: > 0, Name: "maps" } || section is { HasContents: true, Size: > 0, IsCode: false } && section.Name.StartsWith("maps/", StringComparison.Ordinal);
            if (isMaps && maps.Read(image, btf, section) is { } problem) return problem;
        }
        return maps.FindTemplates(image.Name) is { } fault ? fault : maps;
    }

    Problem? Read(ElfImage image, Btf btf, ElfSection section)
    {
        var symbols = new List<ElfSymbol>();
        foreach (ref readonly var symbol in image.Symbols)
        {
            if (symbol.Section == section.Index && symbol.Type is ElfSymbolType.Object or ElfSymbolType.None) symbols.Add(symbol);
        }
        int record = symbols.Count == 0 ? 0 : section.Size / symbols.Count;
        if (record < SmallestRecord || record % 4 != 0 || section.Size % symbols.Count != 0 || !Fill(symbols, record))
            return LoadError.LegacyMaps(image.Name, section.Name, section.Size, symbols.Count);
        if (_records.Count + symbols.Count > MaxMaps) return LoadError.TooManyLegacyMaps(image.Name, section.Name, _records.Count + symbols.Count, MaxMaps);

        for (int n = 0; n < symbols.Count; n++)
        {
            if (!image.NameOf(symbols[n]).Try(out var name, out var problem)) return problem;
            var bytes = image.Contents(section).Span.Slice(symbols[n].Value, record);
            var fields = FieldsOf(bytes, DeclaredPlaces(btf, section.Name, name, record) ?? UsualPlaces(record));
            if (!Spec(image.Name, name, fields).Try(out var spec, out problem)) return problem;
            _records.Add(new(spec, section.Index, symbols[n].Value, n, fields));
        }
        return null;
    }

    /// <summary>What the maps in maps of maps are like; without a word of it, a map of maps has none, and no card takes it.</summary>
    LoadError? FindTemplates(string file)
    {
        for (int n = 0; n < _records.Count; n++)
        {
            var outer = _records[n];
            var (id, number) = (outer[Field.InnerId], outer.Fields[(int)Field.InnerMap]);
            if (!outer.IsMapOfMaps || (id == 0 && number is null)) continue;
            var template = _records.Find(r => id != 0 ? r[Field.Id] == id : r.Section == outer.Section && r.Number == number);
            if (template is null or { IsMapOfMaps: true })
                return LoadError.LegacyInnerMap(file, outer.Spec.Name, id != 0 ? "inner_id" : "inner_map_idx", id != 0 ? id : number!.Value);
            _records[n] = outer with { Spec = outer.Spec with { ValueSize = HandleBytes, Inner = template.Spec with { Name = $"{outer.Spec.Name}.inner", PinnedByName = false } } };
        }
        return null;
    }

    /// <summary>Where a record has each field; negative for one that is not there.</summary>
    static int[] UsualPlaces(int record)
    {
        bool iproute2 = record is >= Iproute2Record and <= LongestIproute2Record;
        int[] places = [0, 4, 8, 12, record > SmallestRecord ? 16 : -1, -1, -1, -1, -1, record is 24 or 28 ? 20 : -1];
        if (iproute2) (places[(int)Field.Id], places[(int)Field.Pinning], places[(int)Field.InnerId], places[(int)Field.InnerIndex]) = (20, 24, 28, 32);
        return places;
    }

    /// <summary>The same as the object declares it; null if it says nothing of it, or nothing that makes sense.</summary>
    static int[]? DeclaredPlaces(Btf btf, string section, string map, int record)
    {
        if (btf.DataSection(section) is not { } declarations) return null;
        if (btf.Variables(declarations).FirstOrDefault(v => v?.Name == map) is not { } variable) return null;
        if (btf.Strip(variable.Declaration.SizeOrType) is not { Kind: BtfKind.Struct } type) return null;
        int[] places = [.. FieldNames.Select(_ => -1)];
        foreach (var member in btf.Members(type))
        {
            if (member is not { } field || Array.FindIndex(FieldNames, names => names.Contains(field.Name)) is not (>= 0 and var known)) continue;
            if (field.BitOffset % 32 == 0 && field.BitOffset / 8 <= record - 4) places[known] = (int)(field.BitOffset / 8);
        }
        return places.AsSpan(0, 4).Contains(-1) ? null : places;
    }

    /// <summary>Puts the symbols in order; true if there is one at every record.</summary>
    static bool Fill(List<ElfSymbol> symbols, int record)
    {
        symbols.Sort((a, b) => a.Value.CompareTo(b.Value));
        return !symbols.Where((symbol, i) => symbol.Value != i * record).Any();
    }

    static uint?[] FieldsOf(ReadOnlySpan<byte> record, int[] places)
    {
        var fields = new uint?[places.Length];
        for (int i = 0; i < fields.Length; i++) fields[i] = places[i] < 0 ? null : ReadUInt32LittleEndian(record[places[i]..]);
        return fields;
    }

    static Result<MapSpec> Spec(string file, string name, uint?[] fields)
    {
        uint Of(Field field) => fields[(int)field] ?? 0;
        var (key, value, entries) = (Of(Field.KeySize), Of(Field.ValueSize), Of(Field.MaxEntries));
        if (key > int.MaxValue) return LoadError.MapSize(file, name, "key_size", key);
        if (value > int.MaxValue) return LoadError.MapSize(file, name, "value_size", value);
        if (entries > int.MaxValue) return LoadError.MapSize(file, name, "max_entries", entries);
        return new MapSpec
        {
            Name = name,
            Type = (MapType)Of(Field.Type),
            KeySize = (int)key,
            ValueSize = (int)value,
            MaxEntries = (int)entries,
            Flags = (MapFlags)Of(Field.Flags),
            PinnedByName = Of(Field.Pinning) == PinnedInGlobalNamespace,
        };
    }
}
