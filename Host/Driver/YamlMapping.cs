using System.Globalization;
using Chainring.Offload;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Chainring.Host.Driver;

/// <summary>A YAML mapping that knows where it stands, so that every complaint can name file and line.</summary>
sealed class YamlMapping(string file, YamlMappingNode node)
{
    readonly string _file = file;

    public string Where => At(node);

    /// <summary>An empty mapping that stands where another does.</summary>
    public static YamlMapping Empty(YamlMapping other) => new(other._file, new YamlMappingNode());

    public IEnumerable<(string Key, string Where, YamlNode Value)> Entries =>
        node.Children.Select(c => ((c.Key as YamlScalarNode)?.Value ?? c.Key.ToString(), At(c.Key), c.Value));

    /// <summary>The one document of a file, a mapping.</summary>
    /// <param name="what">What the file is, and <paramref name="shape"/> what that must be, for the complaint that it is not.</param>
    public static Result<YamlMapping> Parse(string text, string file, string what, string shape)
    {
        var stream = new YamlStream();
        var scanner = new Scanner(new StringReader(text));
        try
        {
            stream.Load(new ShallowParser(new Parser(scanner)));
        }
        catch (YamlException e)
        {
            return YamlError.NotYaml(file, e.Start.Line, e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // YamlDotNet stumbles over some malformed text instead of explaining it.
            return YamlError.NotYaml(file, scanner.CurrentPosition.Line, "cannot be read as YAML");
        }
        if (stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root) return new YamlMapping(file, root);
        return YamlError.WrongShape($"{file}:1", what, shape);
    }

    /// <summary>The same from a file.</summary>
    public static Result<YamlMapping> Load(string path, string what, string shape)
    {
        try
        {
            return Parse(File.ReadAllText(path), path, what, shape);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return YamlError.Unreadable(path, FileErrors.Reason(e, path));
        }
    }

    /// <summary>The first key that is not among those known.</summary>
    public InputError? Unknown(params string[] known)
    {
        foreach (var (key, where, _) in Entries)
        {
            if (!known.Contains(key)) return YamlError.UnknownKey(where, key, known);
        }
        return null;
    }

    public YamlNode? Find(string key) => Entries.FirstOrDefault(e => e.Key == key).Value;

    /// <summary>A key's text; null if it is absent.</summary>
    public Result<string?> Text(string key)
    {
        var found = Find(key);
        if (found is null) return (string?)null;
        return found is YamlScalarNode scalar ? scalar.Value : YamlError.WrongShape(At(found), $"'{key}'", "text");
    }

    /// <summary>A key's word, one of those known, as its place among them; null if it is absent.</summary>
    public Result<int?> Word(string key, IReadOnlyList<string> known)
    {
        if (!Text(key).Try(out var text, out var problem)) return problem;
        if (text is null) return (int?)null;
        int place = known.ToList().IndexOf(text);
        return place >= 0 ? place : YamlError.NotOneOf(At(Find(key)!), $"'{key}'", text, known);
    }

    /// <summary>A key's truth; as usual if it is absent.</summary>
    public Result<bool> Flag(string key, bool usual = false)
    {
        if (!Text(key).Try(out var text, out var problem)) return problem;
        return text switch
        {
            null => usual,
            "true" => true,
            "false" => false,
            _ => YamlError.WrongShape(At(Find(key)!), $"'{key}'", "true or false"),
        };
    }

    /// <summary>A key's whole number within bounds; as usual if it is absent.</summary>
    public Result<T> Number<T>(string key, T usual, T least, T most) where T : struct, ISpanParsable<T>, IComparable<T>
    {
        if (!Text(key).Try(out var text, out var problem)) return problem;
        if (text is null) return usual;
        return T.TryParse(text, CultureInfo.InvariantCulture, out var number) && number.CompareTo(least) >= 0 && number.CompareTo(most) <= 0
            ? number
            : YamlError.OutOfRange(At(Find(key)!), $"'{key}'", text, $"{least}", $"{most}");
    }

    /// <summary>A key's mapping; an empty one if it is absent.</summary>
    public Result<YamlMapping> Mapping(string key)
    {
        var found = Find(key);
        return found is null ? Empty(this) : Mapping(found, $"'{key}'", "a mapping");
    }

    public Result<YamlMapping> Mapping(YamlNode value, string what, string expected) =>
        value is YamlMappingNode mapping ? new YamlMapping(_file, mapping) : YamlError.WrongShape(At(value), what, expected);

    public string At(YamlNode at) => $"{_file}:{at.Start.Line}";
}
