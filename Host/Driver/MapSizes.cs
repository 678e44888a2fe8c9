using System.Globalization;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>How many entries a map is to have, in place of what its object declares. <paramref name="Where"/> says which line or option asked for it.</summary>
public sealed record MapSizeSpec(string? Member, string Map, int Entries, string Where);

/// <summary>Sizes of maps as people give them: by <c>program.map</c> or <c>map</c>, a number of entries.</summary>
public static class MapSizes
{
    /// <summary>Reads <c>NAME=N</c>.</summary>
    public static Result<MapSizeSpec> Parse(string text, IReadOnlyCollection<string> members)
    {
        int equals = text.LastIndexOf('=');
        string where = $"--map-size {text}";
        if (equals <= 0) return YamlError.WrongShape(where, "it", "NAME=N");
        return Of(text[..equals], text[(equals + 1)..], members, where);
    }

    public static Result<MapSizeSpec> Of(string name, string number, IReadOnlyCollection<string> members, string where)
    {
        var (member, map) = MapEntries.Split(name, members);
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int entries) && entries > 0
            ? new MapSizeSpec(member, map, entries, where)
            : YamlError.OutOfRange(where, $"the size of map '{name}'", number, "1", $"{int.MaxValue}");
    }

    /// <summary>The chain with maps of these sizes; of maps pinned by name, every object's.</summary>
    public static Result<ChainSpec> Apply(ChainSpec chain, IEnumerable<MapSizeSpec> sizes)
    {
        foreach (var size in sizes)
        {
            if (!Find(chain, size).Try(out var map, out var problem)) return problem;
            if (map.IsGlobalData) return ChainFileError.SizeOfData(size.Where, map.Name);
            var resized = new Dictionary<ObjectSpec, ObjectSpec>(ReferenceEqualityComparer.Instance);
            foreach (var member in chain.Members)
                resized.TryAdd(member.Source, member.Source with { Maps = [.. member.Source.Maps.Select(m => IsMeant(m, map) ? m with { MaxEntries = size.Entries } : m)] });
            chain = chain with { Members = [.. chain.Members.Select(m => m with { Source = resized[m.Source] })] };
        }
        return chain;
    }

    static bool IsMeant(MapSpec one, MapSpec map) => ReferenceEquals(one, map) || (map.PinnedByName && one.PinnedByName && one.Name == map.Name);

    static Result<MapSpec> Find(ChainSpec chain, MapSizeSpec size)
    {
        var found = chain.Members
            .Where(m => size.Member is null || m.Alias == size.Member)
            .Select(m => (m.Alias, Map: MapEntries.Find(m.Source, size.Map)))
            .Where(f => f.Map is not null)
            .DistinctBy(f => f.Map, ReferenceEqualityComparer.Instance)
            .ToList();
        if (found.Count == 0)
            return ChainFileError.NoSuchMap(size.Where, size.Map, chain.Members.SelectMany(m => m.Source.Maps.Select(map => $"{m.Alias}.{map.Name}")));
        return found.TrueForAll(f => f.Map!.PinnedByName) || found.Count == 1
            ? found[0].Map!
            : ChainFileError.WhichMap(size.Where, size.Map, found.Select(f => $"{f.Alias}.{size.Map}"));
    }
}
