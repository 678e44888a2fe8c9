using System.Globalization;
using System.Text.RegularExpressions;

namespace Chainring.Host.Driver.Peers;

/// <summary>The log that the kernel's verifier leaves of a program, without the instructions that it followed: what is wrong, if anything, and statistics.</summary>
public sealed partial class VerifierLog
{
    public string Text { get; set; } = "";

    /// <summary>The last line before the statistics: what is wrong.</summary>
    public string LastLine => Statistics().Replace(Text, "").Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last : "";

    /// <summary>Instructions that were followed over all paths.</summary>
    public int Processed => int.Parse(ProcessedCount().Match(Text).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>From the first check to the last rewriting; of a program of several functions with their compilation.</summary>
    public TimeSpan Time => TimeSpan.FromMicroseconds(int.Parse(Microseconds().Match(Text).Groups[1].Value, CultureInfo.InvariantCulture));

    /// <summary>What every log ends with; what is before it need not end its line.</summary>
    [GeneratedRegex(@"(verification time |stack depth |processed \d).*")]
    private static partial Regex Statistics();

    [GeneratedRegex(@"processed (\d+) insns")]
    private static partial Regex ProcessedCount();

    [GeneratedRegex(@"verification time (\d+) usec")]
    private static partial Regex Microseconds();
}
