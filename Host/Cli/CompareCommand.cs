using System.CommandLine;
using Chainring.Host.Driver.Bench.Sweep;
using Chainring.Host.Report;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary><c>chainring bench compare</c>: what changed between two runs.</summary>
static class CompareCommand
{
    static readonly Argument<string> BeforeArgument = new("A.json") { Description = "results.json of a run" };
    static readonly Argument<string> AfterArgument = new("B.json") { Description = "results.json of another run" };

    public static Command Create()
    {
        var command = new Command("compare", "What changed by more than the noise between two runs of chainring bench") { BeforeArgument, AfterArgument };
        command.SetAction(line => Compare(line.GetValue(BeforeArgument)!, line.GetValue(AfterArgument)!) is { } problem ? ExitCode.Of(problem) : ExitCode.Done);
        return command;
    }

    static Problem? Compare(string before, string after)
    {
        if (!ResultsFile.Load(before).Try(out var first, out var problem) || !ResultsFile.Load(after).Try(out var second, out problem)) return problem;
        BlockText.Write(Console.Out, Terminal.Width, ComparisonText.Of(SweepComparison.Of(first, second), before, after));
        return null;
    }
}
