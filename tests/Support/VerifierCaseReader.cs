using System.Globalization;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support;

/// <summary>Reads a file of <see cref="VerifierCase"/>; what does not read throws and names the line.</summary>
sealed class VerifierCaseReader
{
    static readonly Dictionary<string, MapType> Types = Enum.GetValues<MapType>().ToDictionary(MapSpec.NameOf);

    static readonly Dictionary<string, MapFlags> Flags = new()
    {
        ["no-prealloc"] = MapFlags.NoPreallocation,
        ["read-only"] = MapFlags.ReadOnlyForPrograms,
        ["write-only"] = MapFlags.WriteOnlyForPrograms,
    };

    readonly string _group;
    readonly List<VerifierCase> _cases = [];
    readonly Dictionary<string, MapSpec> _shared = [];
    readonly Dictionary<string, MapSpec> _own = [];
    readonly Dictionary<string, IReadOnlyList<string>> _globals = [];
    readonly List<string> _source = [];
    readonly Stack<(int Times, int Start)> _repeats = [];
    VerifierCase? _open;

    VerifierCaseReader(string group) => _group = group;

    public static IReadOnlyList<VerifierCase> Read(string path)
    {
        var reader = new VerifierCaseReader(Path.GetFileNameWithoutExtension(path));
        int number = 0;
        foreach (string rawLine in File.ReadLines(path))
        {
            number++;
            string line = rawLine.Split('#')[0].Trim();
            try
            {
                if (line.Length > 0) reader.Take(line);
            }
            catch (Exception e) when (e is FormatException or KeyNotFoundException or InvalidOperationException or OverflowException)
            {
                throw new FormatException($"{path}:{number}: '{line}': {e.Message}", e);
            }
        }
        reader.Close();
        return reader._cases;
    }

    void Take(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case ["accept" or "reject", ..]:
                Open(words[0] == "accept", line[words[0].Length..]);
                break;
            case ["map", var name, .. var shape]:
                (_open is null ? _shared : _own).Add(name, Map(name, shape));
                break;
            case ["strict", "accept" or "reject"]:
                _open = Current with { AcceptedStrictly = words[1] == "accept" };
                break;
            case ["since", var version]:
                _open = Current with { Since = Version.Parse(version) };
                break;
            case ["before", var version]:
                _open = Current with { Before = Version.Parse(version) };
                break;
            case ["section", var section]:
                _open = Current with { Section = section };
                break;
            case ["license", .. var license]:
                _open = Current with { License = string.Join(' ', license) };
                break;
            case ["global", var function, .. var arguments]:
                _globals.Add(function, arguments);
                break;
            case ["repeat", var times]:
                _repeats.Push((Number(times), _source.Count));
                break;
            case ["end"]:
                Repeat(_repeats.Pop());
                break;
            default:
                _ = Current;
                _source.Add(line);
                break;
        }
    }

    VerifierCase Current => _open ?? throw new FormatException("stands before the first case");

    void Open(bool accepted, string heading)
    {
        Close();
        string[] parts = heading.Split(':', 2, StringSplitOptions.TrimEntries);
        if (parts is not [{ Length: > 0 } name, { Length: > 0 } rule]) throw new FormatException("a case has a name, a colon and a rule");
        _open = new()
        {
            Group = _group,
            Name = name,
            Rule = rule,
            Accepted = accepted,
            Source = [],
        };
    }

    void Close()
    {
        if (_repeats.Count > 0) throw new FormatException("repeat without end");
        if (_open is { } open)
        {
            _cases.Add(open with
            {
                Maps = [.. _shared.Values.Where(m => !_own.ContainsKey(m.Name)), .. _own.Values],
                Globals = new Dictionary<string, IReadOnlyList<string>>(_globals),
                Source = [.. _source],
            });
        }
        _own.Clear();
        _globals.Clear();
        _source.Clear();
    }

    void Repeat((int Times, int Start) repeat)
    {
        var block = _source[repeat.Start..];
        for (int n = 1; n < repeat.Times; n++) _source.AddRange(block);
    }

    /// <summary>TYPE, then pairs of words, and flags.</summary>
    MapSpec Map(string name, string[] shape)
    {
        var map = new MapSpec { Name = name, Type = Types[shape[0]], KeySize = 4, ValueSize = 8, MaxEntries = 1 };
        for (int at = 1; at < shape.Length; at++)
        {
            map = shape[at] switch
            {
                "key" => map with { KeySize = Number(shape[++at]) },
                "value" => map with { ValueSize = Number(shape[++at]) },
                "entries" => map with { MaxEntries = Number(shape[++at]) },
                "lock" => map with { LockOffset = Number(shape[++at]) },
                "holds" => map with { InitialValue = Convert.FromHexString(shape[++at]) },
                "inner" => map with { Inner = _own.GetValueOrDefault(shape[++at]) ?? _shared[shape[at]] },
                var flag => map with { Flags = map.Flags | Flags[flag] },
            };
        }
        return map;
    }

    static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
