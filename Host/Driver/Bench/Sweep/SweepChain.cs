using System.IO.Hashing;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>A chain that is measured.</summary>
/// <param name="From">Its file; null if it comes with the command.</param>
public sealed record SweepChain(string Name, ChainSpec Spec, string? From = null)
{
    /// <summary>What is measured where nobody names a chain: a program that counts, three that follow one another, and one that parses and looks up before one that routes.</summary>
    /// <param name="world">What their maps know.</param>
    public static IReadOnlyList<SweepChain> BuiltIn(BenchWorld world) =>
    [
        new("xdp1", Of(world, "xdp1")),
        new("ports-flows-drop", new()
        {
            Name = "ports-flows-drop",
            Members = [Member("ports"), Member("flows"), Member("drop")],
            Entry = 0,
            Edges = [new(0, XdpAction.Pass, 1), new(1, XdpAction.Pass, 2)],
        }),
        new("firewall-router", Of(world, "firewall", "router")),
    ];

    /// <summary>Programs of <c>backends.c</c> that follow one another on PASS, with maps as that world has them.</summary>
    public static ChainSpec Of(BenchWorld world, params IReadOnlyList<string> programs)
    {
        MapSpec[] maps = [.. programs.SelectMany(name => BackendProgram.All.First(p => p.Name == name).Maps).DistinctBy(m => m.Name).Select(world.Sized)];
        var source = BackendProgram.Source with { Maps = maps };
        var entries = new List<MapEntrySpec>();
        foreach (var map in maps) world.Fill(map.Name, (key, value) => entries.Add(new(null, map.Name, Convert.ToHexStringLower(key), Convert.ToHexStringLower(value), "built in")));
        return new()
        {
            Name = string.Join('-', programs),
            Members = [.. programs.Select(name => new ChainMember(name, source, source.Program(name).Value))],
            Entry = 0,
            Edges = [.. Enumerable.Range(1, programs.Count - 1).Select(n => new ChainEdge(n - 1, XdpAction.Pass, n))],
            MapEntries = entries,
        };
    }

    public ChainFacts Facts => new(Name, [.. Spec.Members.Select(m => m.Alias)], From);

    /// <summary>A checksum of all that it is: code, edges, maps and what is in them.</summary>
    public string Checksum()
    {
        var hash = new XxHash64();
        foreach (var member in Spec.Members)
        {
            hash.Append(Encoding.Encode(member.Program.Code));
            foreach (var map in member.Source.Maps) Add($"{map.Name} {map.Type} {map.KeySize} {map.ValueSize} {map.MaxEntries} {map.Flags} {Convert.ToHexString(map.InitialValue ?? [])}");
        }
        foreach (var edge in Spec.Edges) Add($"{edge}");
        foreach (var entry in Spec.MapEntries) Add($"{entry.Member} {entry.Map} {entry.Key} {entry.Value}");
        return $"{hash.GetCurrentHashAsUInt64():x16}";

        void Add(string text) => hash.Append(System.Text.Encoding.UTF8.GetBytes(text));
    }

    static ChainMember Member(string name) => new(name, Sources, Sources.Program(name).Value);

    /// <summary>Without the prog array that only tail calls need.</summary>
    static ObjectSpec Sources { get; } = BenchPrograms.Source with { Maps = [.. BenchPrograms.Source.Maps.Where(m => m.Name != BenchPrograms.NextMap)] };
}
