namespace Chainring.Offload.Elf.Core;

/// <summary>The type relocations of an object, resolved, by section and place.</summary>
sealed class CoreTable
{
    readonly Dictionary<int, List<(uint Offset, CoreResolution Resolution)>> _bySection = [];

    /// <summary>Those of a stretch of a section, in the order of the file; offsets count from its start.</summary>
    public IEnumerable<(int Offset, CoreResolution Resolution)> Of(int section, int start, int size)
    {
        if (!_bySection.TryGetValue(section, out var all)) yield break;
        for (int n = Ascending.FirstFrom(all, start, r => r.Offset); n < all.Count && all[n].Offset < (uint)(start + size); n++)
            yield return ((int)all[n].Offset - start, all[n].Resolution);
    }

    public static Result<CoreTable> Read(ElfImage image, Btf btf, TargetTypes? target)
    {
        if (!CoreRelocationReader.Read(image, btf).Try(out var relocations, out var problem)) return problem;
        var table = new CoreTable();
        var resolver = relocations.Count > 0 ? new CoreResolver(btf, target) : null;
        foreach (var relocation in relocations)
        {
            if (relocation.Section < 0) continue;
            if (!table._bySection.TryGetValue(relocation.Section, out var list)) table._bySection.Add(relocation.Section, list = []);
            list.Add((relocation.Offset, resolver!.Resolve(relocation)));
        }
        foreach (var (section, list) in table._bySection) table._bySection[section] = [.. list.OrderBy(r => r.Offset)];
        return table;
    }
}
