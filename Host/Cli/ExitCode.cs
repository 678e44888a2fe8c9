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

    /// <summary>Says a problem in one sentence on standard error and gives its exit code.</summary>
    public static int Of(Problem problem)
    {
        Console.Error.WriteLine($"chainring: {problem.Sentence} [{problem.Id} {problem.Name}]");
        return problem.IsBadInput ? BadInput : Refused;
    }
}
