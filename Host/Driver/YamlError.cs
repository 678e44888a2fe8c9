using Chainring.Offload;

namespace Chainring.Host.Driver;

/// <summary>What can be wrong with the form of a chain, card or device file. Every such text is in this file; each begins with file and line.</summary>
public static class YamlError
{
    public static InputError Unreadable(string file, string why) => new("Y01", "unreadable", $"{file}: {why}");

    public static InputError NotYaml(string file, long line, string why) => new("Y02", "not-yaml", $"{file}:{line}: {why}");

    public static InputError UnknownKey(string where, string key, IEnumerable<string> known) =>
        new("Y03", "unknown-key", $"{where}: unknown key '{key}'; there may be {string.Join(", ", known)}");

    public static InputError MissingKey(string where, string key) => new("Y04", "missing-key", $"{where}: '{key}' is missing");

    public static InputError WrongShape(string where, string what, string expected) =>
        new("Y05", "wrong-shape", $"{where}: {what} must be {expected}");

    public static InputError OutOfRange(string where, string what, string text, string least, string most) =>
        new("Y16", "out-of-range", $"{where}: {what} must be a whole number from {least} to {most}, not '{text}'");

    public static InputError NotOneOf(string where, string what, string text, IEnumerable<string> known) =>
        new("Y17", "not-one-of", $"{where}: {what} must be one of {string.Join(", ", known)}, not '{text}'");
}
