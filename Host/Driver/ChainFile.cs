using System.Globalization;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;
using YamlDotNet.RepresentationModel;

namespace Chainring.Host.Driver;

/// <summary>Reads a chain from YAML. Paths in it are relative to the file. Every error names file and line.</summary>
/// <remarks><code>
/// name: firewall-then-count
/// programs:
///   firewall: { object: firewall.o, program: xdp_firewall }     # or, as libxdp orders them: priority: 10, actions: [pass];
///                                                               # by default as the object's .xdp_run_config has them
///   counter:  { object: counter.o }
/// entry: firewall
/// edges:
///   firewall: { pass: counter }                                 # aborted drop pass tx redirect "*"
/// maps:
///   firewall.blocked_ports: { "0035": "0000000000000000" }
/// map-sizes:
///   counter.flows: 4096                                         # in place of the max_entries that the object declares
/// previous-verdict: false                                       # programs can read the verdict of the one before
/// end: libxdp                                                   # with priorities: libxdp (default) or last-verdict
/// </code></remarks>
public sealed class ChainFile
{
    const string What = "a chain file", Shape = "one mapping with 'programs', 'entry' and 'edges'";

    static readonly string[] TopKeys = ["name", "programs", "entry", "edges", "maps", "map-sizes", "previous-verdict", "end"];
    static readonly string[] ProgramKeys = ["object", "program", "priority", "actions"];
    static readonly string[] Codes = ["aborted", "drop", "pass", "tx", "redirect"];

    readonly YamlMapping _root;
    readonly string _file;
    readonly string _folder;
    readonly Func<string, Result<ObjectSpec>> _load;

    ChainFile(YamlMapping root, string file, string folder, Func<string, Result<ObjectSpec>> load)
    {
        (_root, _file, _folder, _load) = (root, file, folder, load);
    }

    /// <summary>Reads a chain file and the objects it names.</summary>
    public static Result<ChainSpec> Load(string path, LoadOptions? options = null)
    {
        if (!YamlMapping.Load(path, What, Shape).Try(out var root, out var problem)) return problem;
        return Read(root, path, Path.GetDirectoryName(Path.GetFullPath(path))!, options);
    }

    /// <param name="file">How errors call it.</param>
    /// <param name="folder">What its paths are relative to.</param>
    /// <param name="options">What its objects are told.</param>
    public static Result<ChainSpec> Parse(string text, string file, string folder, LoadOptions? options = null)
    {
        return YamlMapping.Parse(text, file, What, Shape).Try(out var root, out var problem) ? Read(root, file, folder, options) : problem;
    }

    static Result<ChainSpec> Read(YamlMapping root, string file, string folder, LoadOptions? options) =>
        new ChainFile(root, file, folder, new ObjectCache(options).Load).Read();

    Result<ChainSpec> Read()
    {
        if (_root.Unknown(TopKeys) is { } unknown) return unknown;
        if (!_root.Text("name").Try(out var name, out var problem)) return problem;
        if (!ReadPrograms().Try(out var programs, out problem)) return problem;
        string[] aliases = [.. programs.Select(p => p.Member.Alias)];
        if (!ReadMaps(aliases).Try(out var entries, out problem)) return problem;
        if (!ReadMapSizes(aliases).Try(out var sizes, out problem)) return problem;
        if (!_root.Flag("previous-verdict").Try(out bool previousVerdict, out problem)) return problem;

        name ??= Path.GetFileNameWithoutExtension(_file);
        bool ordered = programs.Any(p => p.Config is not null) || (_root.Find("entry") is null && programs.Count > 1);
        if (!(ordered ? ReadOrder(name, programs) : ReadGraph(name, [.. programs.Select(p => p.Member)])).Try(out var chain, out problem))
            return problem;
        return MapSizes.Apply(chain with { MapEntries = entries, PreviousVerdict = previousVerdict }, sizes);
    }

    Result<List<(ChainMember Member, LibxdpConfig? Config)>> ReadPrograms()
    {
        if (!_root.Mapping("programs").Try(out var mapping, out var problem)) return problem;
        var programs = new List<(ChainMember, LibxdpConfig?)>();
        foreach (var (alias, where, node) in mapping.Entries)
        {
            if (!mapping.Mapping(node, $"program '{alias}'", "a mapping such as { object: file.o }").Try(out var one, out problem)) return problem;
            if (one.Unknown(ProgramKeys) is { } unknown) return unknown;
            if (!one.Text("object").Try(out var path, out problem)) return problem;
            if (!one.Text("program").Try(out var function, out problem)) return problem;
            if (path is null) return YamlError.MissingKey(where, "object");
            if (!_load(Path.Combine(_folder, path)).Try(out var source, out problem)) return ChainFileError.BadObject(where, problem);
            if (!source.Program(function).Try(out var program, out problem)) return ChainFileError.BadObject(where, problem);
            if (!ReadConfig(one, program.RunConfig).Try(out var config, out problem)) return problem;
            programs.Add((new ChainMember(alias, source, program), config));
        }
        return programs.Count > 0 ? programs : YamlError.MissingKey($"{_file}:1", "programs");
    }

    /// <summary>Null if the program says neither priority nor actions; what it does not say is as its object has it.</summary>
    static Result<LibxdpConfig?> ReadConfig(YamlMapping program, LibxdpConfig? inObject)
    {
        var config = inObject ?? LibxdpConfig.Default;
        if (program.Find("priority") is { } priority)
        {
            if (!int.TryParse((priority as YamlScalarNode)?.Value, CultureInfo.InvariantCulture, out int number))
                return YamlError.WrongShape(program.At(priority), "'priority'", "a whole number");
            config = config with { Priority = number };
        }
        if (program.Find("actions") is { } actions)
        {
            uint mask = 0;
            foreach (var item in (actions as YamlSequenceNode)?.Children ?? [])
            {
                int code = Array.IndexOf(Codes, (item as YamlScalarNode)?.Value);
                if (code < 0) return YamlError.WrongShape(program.At(item), "an action", $"one of {string.Join(", ", Codes)}");
                mask |= 1u << code;
            }
            if (actions is not YamlSequenceNode) return YamlError.WrongShape(program.At(actions), "'actions'", "a list such as [pass]");
            config = config with { Actions = mask };
        }
        return program.Find("priority") is null && program.Find("actions") is null ? (LibxdpConfig?)null : config;
    }

    Result<ChainSpec> ReadOrder(string name, List<(ChainMember Member, LibxdpConfig? Config)> programs)
    {
        foreach (string key in new[] { "entry", "edges" })
        {
            if (_root.Find(key) is { } extra) return ChainFileError.OrderAndEdges(_root.At(extra));
        }
        if (!_root.Text("end").Try(out var end, out var problem)) return problem;
        if (end is not (null or "libxdp" or "last-verdict"))
            return YamlError.WrongShape(_root.At(_root.Find("end")!), "'end'", "libxdp or last-verdict");
        var configured = programs.Select(p => (p.Member, p.Config ?? p.Member.Program.RunConfig ?? LibxdpConfig.Default));
        return LibxdpOrder.Arrange(name, configured, keepLastVerdict: end == "last-verdict");
    }

    Result<ChainSpec> ReadGraph(string name, List<ChainMember> members)
    {
        if (_root.Find("end") is { } end) return ChainFileError.OrderAndEdges(_root.At(end));
        string[] aliases = [.. members.Select(m => m.Alias)];
        if (!_root.Text("entry").Try(out var entryName, out var problem)) return problem;
        int entry = entryName is null ? 0 : Array.IndexOf(aliases, entryName);
        if (entry < 0) return ChainFileError.NoSuchMember(_root.At(_root.Find("entry")!), entryName!, aliases);

        if (!ReadEdges(aliases).Try(out var edges, out problem)) return problem;
        return new ChainSpec { Name = name, Members = members, Entry = entry, Edges = edges };
    }

    Result<List<ChainEdge>> ReadEdges(string[] aliases)
    {
        if (!_root.Mapping("edges").Try(out var mapping, out var problem)) return problem;
        var edges = new List<ChainEdge>();
        foreach (var (fromName, where, node) in mapping.Entries)
        {
            int from = Array.IndexOf(aliases, fromName);
            if (from < 0) return ChainFileError.NoSuchMember(where, fromName, aliases);
            if (!mapping.Mapping(node, $"the edges of '{fromName}'", "a mapping such as { pass: counter }").Try(out var slots, out problem)) return problem;
            foreach (var (code, whereEdge, target) in slots.Entries)
            {
                int on = Array.IndexOf(Codes, code);
                if (on < 0 && code != "*") return YamlError.UnknownKey(whereEdge, code, [.. Codes, "\"*\""]);
                string toName = (target as YamlScalarNode)?.Value ?? "";
                int to = Array.IndexOf(aliases, toName);
                if (to < 0) return ChainFileError.NoSuchMember(whereEdge, toName, aliases);
                if (to == from) return ChainFileError.Cycle(whereEdge, [fromName, toName]);
                if (Paths.Find(to, from, n => edges.Where(e => e.From == n).Select(e => e.To)) is { } back)
                    return ChainFileError.Cycle(whereEdge, [fromName, .. back.Select(n => aliases[n])]);
                edges.Add(new ChainEdge(from, on < 0 ? null : (XdpAction)on, to));
            }
        }
        return edges;
    }

    Result<List<MapSizeSpec>> ReadMapSizes(string[] aliases)
    {
        if (!_root.Mapping("map-sizes").Try(out var mapping, out var problem)) return problem;
        var sizes = new List<MapSizeSpec>();
        foreach (var (name, where, node) in mapping.Entries)
        {
            if (!MapSizes.Of(name, (node as YamlScalarNode)?.Value ?? node.ToString(), aliases, where).Try(out var size, out problem)) return problem;
            sizes.Add(size);
        }
        return sizes;
    }

    Result<List<MapEntrySpec>> ReadMaps(string[] aliases)
    {
        if (!_root.Mapping("maps").Try(out var mapping, out var problem)) return problem;
        var entries = new List<MapEntrySpec>();
        foreach (var (name, where, node) in mapping.Entries)
        {
            if (!mapping.Mapping(node, $"the entries of map '{name}'", "a mapping of key to value").Try(out var pairs, out problem)) return problem;
            var (member, map) = MapEntries.Split(name, aliases);
            foreach (var (key, whereEntry, value) in pairs.Entries)
            {
                if (value is not YamlScalarNode { Value: { } text }) return YamlError.WrongShape(whereEntry, "a map value", "hex digits or a program's name");
                entries.Add(new MapEntrySpec(member, map, key, text, whereEntry));
            }
        }
        return entries;
    }
}
