using Chainring.Offload;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Chainring.Host.Driver;

/// <summary>A YAML mapping that knows where it stands, so that every complaint can name file and line.</summary>
sealed class YamlMapping(string file, YamlMappingNode node)
{
    public string Where => At(node);

    public IEnumerable<(string Key, string Where, YamlNode Value)> Entries =>
        node.Children.Select(c => ((c.Key as YamlScalarNode)?.Value ?? c.Key.ToString(), At(c.Key), c.Value));

    /// <summary>The one document of a file, a mapping.</summary>
    public static Result<YamlMapping> Parse(string text, string file)
    {
        var stream = new YamlStream();
        var scanner = new Scanner(new StringReader(text));
        try
        {
            stream.Load(new ShallowParser(new Parser(scanner)));
        }
        catch (YamlException e)
        {
            return ChainFileError.NotYaml(file, e.Start.Line, e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // YamlDotNet stumbles over some malformed text instead of explaining it.
            return ChainFileError.NotYaml(file, scanner.CurrentPosition.Line, "cannot be read as YAML");
        }
        if (stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root) return new YamlMapping(file, root);
        return ChainFileError.WrongShape($"{file}:1", "a chain file", "one mapping with 'programs', 'entry' and 'edges'");
    }

    /// <summary>The first key that is not among those known.</summary>
    public InputError? Unknown(params string[] known)
    {
        foreach (var (key, where, _) in Entries)
        {
            if (!known.Contains(key)) return ChainFileError.UnknownKey(where, key, known);
        }
        return null;
    }

    public YamlNode? Find(string key) => Entries.FirstOrDefault(e => e.Key == key).Value;

    /// <summary>A key's text; null if it is absent.</summary>
    public Result<string?> Text(string key)
    {
        var found = Find(key);
        if (found is null) return (string?)null;
        return found is YamlScalarNode scalar ? scalar.Value : ChainFileError.WrongShape(At(found), $"'{key}'", "text");
    }

    /// <summary>A key's mapping; an empty one if it is absent.</summary>
    public Result<YamlMapping> Mapping(string key)
    {
        var found = Find(key);
        return found is null ? new YamlMapping(file, new YamlMappingNode()) : Mapping(found, $"'{key}'", "a mapping");
    }

    public Result<YamlMapping> Mapping(YamlNode value, string what, string expected) =>
        value is YamlMappingNode mapping ? new YamlMapping(file, mapping) : ChainFileError.WrongShape(At(value), what, expected);

    public string At(YamlNode at) => $"{file}:{at.Start.Line}";
}
