using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// Static initialisers of <c>.maps</c>: <c>.values = { [2] = &amp;other }</c> leaves a relocation at slot 2, which names a map for a map of maps and a
/// program for a prog array.
/// </summary>
static class MapInitialisers
{
    const int SlotBytes = 8;

    /// <param name="maps">Those of <c>.maps</c>, ascending by offset.</param>
    public static Result<List<MapSlotSpec>> Read(ElfImage image, List<MapDeclaration> maps)
    {
        var slots = new List<MapSlotSpec>();
        if (image.Find(".maps") is not { } section || maps.Count == 0) return slots;
        if (!image.RelocationsOf(section).Try(out var relocations, out var problem)) return problem;

        foreach (var relocation in relocations)
        {
            var filled = maps.FindLast(m => m.Offset <= relocation.Offset);
            if (filled.Spec is null) return LoadError.MapInitialiser(image.Name, section.Name);
            int at = relocation.Offset - filled.Offset - filled.Values;
            var symbol = image.Symbols[relocation.Symbol];
            if (!image.NameOf(symbol).Try(out var name, out problem)) return problem;
            bool isMap = filled.Spec.Inner is not null;
            if (filled.Values < 0 || at < 0 || at % SlotBytes != 0 || !symbol.InSection
                || (isMap ? !maps.Exists(m => m.Spec.Name == name) : !image.Sections[symbol.Section].IsCode))
                return LoadError.MapInitialiser(image.Name, filled.Spec.Name);
            slots.Add(new(filled.Spec.Name, at / SlotBytes, name));
        }
        return slots;
    }
}
