using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Chainring.Host.Cli;

/// <summary>Options by the shape of their value; what is wrong with a value is said in the words of <see cref="UsageError"/>.</summary>
static class OptionKinds
{
    public static Option<T> Text<T>(string name, string value, string description)
    {
        var option = new Option<T>(name) { Description = description, HelpName = value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(t => t.Value.Length == 0)) result.AddError(UsageError.Empty(name));
        });
        return option;
    }

    public static Option<string> Word(string name, string usual, string[] known, string description)
    {
        var option = new Option<string>(name) { Description = description, HelpName = string.Join('|', known), DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !known.Contains(token.Value)) result.AddError(UsageError.NotOneOf(name, token.Value, known));
        });
        return option;
    }

    public static Option<T> Number<T>(string name, T usual, T least, T most, string description) where T : struct, IConvertible, ISpanParsable<T>, IComparable<T> =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => usual,
            CustomParser = result => ReadNumber(result, name, least, most) ?? usual,
        };

    /// <summary>One that is null unless it stands on the line.</summary>
    public static Option<T?> Number<T>(string name, T least, T most, string description) where T : struct, IConvertible, ISpanParsable<T>, IComparable<T> =>
        new(name) { Description = description, HelpName = "N", CustomParser = result => ReadNumber(result, name, least, most) };

    static T? ReadNumber<T>(ArgumentResult result, string name, T least, T most) where T : struct, IConvertible, ISpanParsable<T>, IComparable<T>
    {
        string text = result.Tokens[^1].Value;
        if (T.TryParse(text, CultureInfo.InvariantCulture, out var number) && number.CompareTo(least) >= 0 && number.CompareTo(most) <= 0) return number;
        result.AddError(UsageError.NotANumber(name, text, $"{least}", $"{most}"));
        return null;
    }

    /// <summary>Whether the option stands on the line.</summary>
    public static bool IsGiven(this ParseResult line, Option option) => line.GetResult(option) is { Implicit: false };
}
