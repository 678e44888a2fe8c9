using Chainring.Offload;
using YamlDotNet.RepresentationModel;

namespace Chainring.Host.Driver;

/// <summary>
/// Reads the keys of a mapping one after another: a key that is absent reads as usual, and so does everything after the first mistake, which
/// stays in <see cref="Problem"/>.
/// </summary>
sealed class YamlFields(YamlMapping mapping)
{
    public YamlMapping Mapping => mapping;

    public Problem? Problem { get; private set; }

    /// <summary>Complains of a key that is not among those known.</summary>
    public void Only(params string[] known) => Problem ??= mapping.Unknown(known);

    public bool Has(string key) => mapping.Find(key) is not null;

    /// <summary>File and line of a key's value; of the mapping if it is absent.</summary>
    public string At(string key) => mapping.Find(key) is { } value ? mapping.At(value) : mapping.Where;

    public string? Text(string key) => Keep(mapping.Text(key));

    /// <summary>A name of something outside, such as a file; null if it is absent, and never empty.</summary>
    public string? Name(string key)
    {
        if (Text(key) is not { } text) return null;
        if (text.Length > 0 && !text.Contains('\0')) return text;
        Fail(YamlError.WrongShape(At(key), $"'{key}'", "a name"));
        return null;
    }

    public bool Flag(string key, bool usual = false) => Keep(mapping.Flag(key, usual), usual);

    public T Number<T>(string key, T usual, T least, T most) where T : struct, ISpanParsable<T>, IComparable<T> =>
        Keep(mapping.Number(key, usual, least, most), usual);

    /// <summary>A key's word as its place among those known; null if it is absent.</summary>
    public int? Word(string key, params string[] known) => Keep(mapping.Word(key, known));

    /// <summary>The fields of a key's mapping; those of an empty one if it is absent. Their problem is not this one's: see <see cref="Take"/>.</summary>
    public YamlFields Fields(string key) => new(Keep(mapping.Mapping(key)) ?? YamlMapping.Empty(mapping));

    /// <summary>The texts of a key's list; null if it is absent.</summary>
    public IReadOnlyList<string>? List(string key)
    {
        if (mapping.Find(key) is not { } found) return null;
        if (found is YamlSequenceNode list && list.Children.All(c => c is YamlScalarNode)) return [.. list.Children.Select(c => ((YamlScalarNode)c).Value ?? "")];
        Fail(YamlError.WrongShape(mapping.At(found), $"'{key}'", "a list such as [a, b]"));
        return null;
    }

    public void Fail(Problem problem) => Problem ??= problem;

    /// <summary>Takes over what went wrong in fields below.</summary>
    public void Take(YamlFields below) => Problem ??= below.Problem;

    T? Keep<T>(Result<T> result, T? usual = default)
    {
        if (result.Problem is null) return result.Value;
        Problem ??= result.Problem;
        return usual;
    }
}
