using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>A map and where the object declares it; global data is declared at offset 0 of its own section.</summary>
/// <param name="End">Behind the declaration, in the same section.</param>
/// <param name="Values">Where its static initialiser (<c>.values</c>) starts in the section; negative if it can have none.</param>
readonly record struct MapDeclaration(MapSpec Spec, int Section, int Offset, int End = 0, int Values = -1)
{
    /// <summary>That byte of the section is part of the declaration.</summary>
    public bool Holds(int offset) => offset >= Offset && offset < End;
}

/// <summary>The maps of an object, found by name and by the place that relocations point to.</summary>
sealed class MapTable
{
    readonly List<MapDeclaration> _declarations;
    readonly Dictionary<(int Section, int Offset), MapSpec> _byPlace;

    MapTable(List<MapDeclaration> declarations, KernelConfig configuration, List<MapSlotSpec> slots)
    {
        (Configuration, Slots) = (configuration, slots);
        _declarations = declarations;
        _byPlace = declarations.ToDictionary(d => (d.Section, d.Offset), d => d.Spec);
        MapSections = declarations.Select(d => d.Section).ToHashSet();
    }

    /// <summary>Declared maps in order of declaration, then global data in section order, then kernel configuration values.</summary>
    public IEnumerable<MapSpec> Specs => _declarations.Select(d => d.Spec);

    /// <summary>What static initialisers put into maps.</summary>
    public IReadOnlyList<MapSlotSpec> Slots { get; }

    /// <summary>Sections that declare a map or are one.</summary>
    public IReadOnlySet<int> MapSections { get; }

    public IReadOnlyList<MapDeclaration> Declarations => _declarations;

    /// <summary>The <c>__kconfig</c> externs, which have a map if there are any.</summary>
    public KernelConfig Configuration { get; }

    public MapSpec? At(int section, int offset) => _byPlace.GetValueOrDefault((section, offset));

    public static Result<MapTable> Read(ElfImage image, Btf btf, ExternTable externs, LoadOptions options)
    {
        if (!LegacyMaps.Read(image, btf).Try(out var legacy, out var problem)) return problem;
        if (!MapDeclarations.Read(image, btf).Try(out var declared, out problem)) return problem;
        if (!GlobalData.Read(image, btf).Try(out var data, out problem)) return problem;

        if (!KernelConfig.Read(image, btf, externs, options.KernelConfiguration).Try(out var configuration, out problem)) return problem;

        List<MapDeclaration> all = [.. legacy.Declarations, .. declared, .. data, .. configuration.Map];
        var names = new HashSet<string>();
        foreach (var declaration in all)
        {
            if (!names.Add(declaration.Spec.Name)) return LoadError.SecondMap(image.Name, declaration.Spec.Name);
        }
        return MapInitialisers.Read(image, declared).Try(out var slots, out problem) ? new MapTable(all, configuration, [.. legacy.Slots, .. slots]) : problem;
    }
}
