using System.Globalization;
using Chainring.Offload.Spec;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

/// <summary>
/// The slots of prog arrays that an object fills by itself: by a static initialiser (<c>.values = { [3] = &amp;program }</c>, a relocation in
/// section <c>.maps</c>), or by a tag at the function (<c>btf_decl_tag("tail:MAP/INDEX")</c>).
/// </summary>
static class TailCallSlots
{
    const string Tag = "tail:";
    const int PointerBytes = 8;

    public static Result<List<TailCallSpec>> Read(ElfImage image, Btf btf, MapTable maps, FunctionTable functions)
    {
        var slots = new Dictionary<(string, uint), TailCallSpec>();
        var problem = ReadInitialisers(image, maps, functions, slots) ?? ReadTags(image, btf, maps, slots);
        return problem is not null ? problem : slots.Values.OrderBy(s => s.Map, StringComparer.Ordinal).ThenBy(s => s.Index).ToList();
    }

    static Problem? ReadInitialisers(ElfImage image, MapTable maps, FunctionTable functions, Dictionary<(string, uint), TailCallSpec> into)
    {
        if (image.Find(".maps") is not { HasContents: true } section) return null;
        var arrays = maps.Declarations.Where(d => d.Section == section.Index && d.Spec.Type == MapType.ProgramArray).ToList();
        if (arrays.Count == 0) return null;
        if (!image.RelocationsOf(section).Try(out var relocations, out var problem)) return problem;
        foreach (var relocation in relocations)
        {
            if (arrays.FindIndex(a => a.Holds(relocation.Offset)) is not (>= 0 and var found)) continue;
            var array = arrays[found];
            int at = relocation.Offset - array.Values;
            if (array.Values < 0 || at < 0 || at % PointerBytes != 0) return LoadError.TailCallPlace(image.Name, array.Spec.Name, relocation.Offset - array.Offset);

            uint index = (uint)(at / PointerBytes);
            string where = $"{array.Spec.Name}[{index}]";
            var symbol = image.Symbols[relocation.Symbol];
            if (!image.NameOf(symbol).Try(out var name, out problem)) return problem;
            if (FunctionAt(image, section, relocation, symbol, functions) is not { } function)
                return LoadError.TailCallTarget(image.Name, where, name);
            if (Add(image, into, new(array.Spec.Name, index, function.Name, where)) is { } second) return second;
        }
        return null;
    }

    /// <summary>A static function is named by its section, and its place stands where the pointer will be.</summary>
    static ElfFunction? FunctionAt(ElfImage image, in ElfSection section, in ElfRelocation relocation, in ElfSymbol symbol, FunctionTable functions)
    {
        if (!symbol.InSection || section.Size - relocation.Offset < PointerBytes) return null;
        long addend = ReadInt64LittleEndian(image.Contents(section).Span[relocation.Offset..]);
        return addend is < 0 or > int.MaxValue ? null : functions.StartingAt(symbol.Section, symbol.Value + addend);
    }

    static LoadError? ReadTags(ElfImage image, Btf btf, MapTable maps, Dictionary<(string, uint), TailCallSpec> into)
    {
        foreach (var (text, declaration) in btf.Tags())
        {
            if (declaration.Kind != BtfKind.Function || !text.StartsWith(Tag, StringComparison.Ordinal)) continue;
            string function = btf.NameOf(declaration) ?? "";
            int slash = text.LastIndexOf('/');
            string map = slash < 0 ? "" : text[Tag.Length..slash];
            if (!uint.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out uint index) || map.Length == 0)
                return LoadError.TailCallTag(image.Name, function, text, "is not tail:MAP/INDEX");
            if (!maps.Specs.Any(m => m.Name == map && m.Type == MapType.ProgramArray))
                return LoadError.TailCallTag(image.Name, function, text, "names no prog array of the object");
            if (Add(image, into, new(map, index, function, text)) is { } second) return second;
        }
        return null;
    }

    static LoadError? Add(ElfImage image, Dictionary<(string, uint), TailCallSpec> slots, TailCallSpec slot)
    {
        if (slots.TryAdd((slot.Map, slot.Index), slot)) return null;
        var other = slots[(slot.Map, slot.Index)];
        return other.Program == slot.Program ? null : LoadError.TailCallTwice(image.Name, slot.Map, slot.Index, other.Program, slot.Program);
    }
}
