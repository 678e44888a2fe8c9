using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// Static initialisers of maps of maps: <c>.values = { [2] = &amp;other }</c> leaves a relocation at slot 2, which names a map. Those of prog arrays are read
/// by <see cref="TailCallSlots"/>.
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
            var filled = maps.Find(m => m.Holds(relocation.Offset));
            var symbol = image.Symbols[relocation.Symbol];
            if (!image.NameOf(symbol).Try(out var name, out problem)) return problem;
            if (filled.Spec is null) return LoadError.InitialiserOutside(image.Name, name, relocation.Offset);
            if (filled.Spec.Type == MapType.ProgramArray) continue;
            if (filled.Spec.Inner is null || filled.Values < 0) return LoadError.InitialiserOfOther(image.Name, filled.Spec.Name, name);
            int at = relocation.Offset - filled.Values;
            if (at < 0 || at % SlotBytes != 0) return LoadError.InitialiserPlace(image.Name, filled.Spec.Name, name, relocation.Offset - filled.Offset);
            if (!symbol.InSection || !maps.Exists(m => m.Spec.Name == name)) return LoadError.InitialiserTarget(image.Name, filled.Spec.Name, at / SlotBytes, name);
            slots.Add(new(filled.Spec.Name, at / SlotBytes, name));
        }
        return slots;
    }
}
