using System.Diagnostics;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>What the command exits with.</summary>
static class ExitCode
{
    public const int Done = 0;

    /// <summary>The program or chain was rejected or refused.</summary>
    public const int Refused = 1;

    /// <summary>Bad input or usage.</summary>
    public const int BadInput = 2;

    /// <summary>A mistake of Chainring's own.</summary>
    public const int Bug = 70;

    /// <summary>Says a problem in one sentence on standard error and gives its exit code.</summary>
    public static int Of(Problem problem)
    {
        string sentence = problem.Sentence.ReplaceLineEndings(" ");
        Say($"chainring: {sentence} [{problem.Id} {problem.Name}]");
        return problem.IsBadInput ? BadInput : Refused;
    }

    /// <summary>A line on standard error, if anybody is there to read it.</summary>
    public static void Say(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (IOException)
        {
            // The terminal is gone.
        }
    }

    /// <summary>The same for what should never have been thrown.</summary>
    public static int Of(Exception bug)
    {
        var methods = new StackTrace(bug).GetFrames().Select(f => f.GetMethod()?.DeclaringType is { } type ? $"{type.FullName}.{f.GetMethod()!.Name}" : "");
        string where = methods.FirstOrDefault(m => m.StartsWith(nameof(Chainring), StringComparison.Ordinal)) ?? "an unknown place";
        Say($"chainring: this is a bug of Chainring: {bug.GetType().Name} in {where}: {bug.Message.ReplaceLineEndings(" ")}");
        return Bug;
    }
}
