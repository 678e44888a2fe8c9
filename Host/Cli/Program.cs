using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using Chainring.Host.Cli;
using Chainring.Host.Cli.Control;

const string About = """
    Chainring: a SmartNIC you can run anywhere. Unmodified XDP programs, chained by a device-resident table, over captures or real traffic.

    Exit codes: 0 done; 1 the program or chain was rejected or refused; 2 bad input or usage. A run that fails writes no file.
    """;

var root = new RootCommand(About)
{
    DemoCommand.Create(),
    InspectCommand.Create(),
    DisasmCommand.Create(),
    VerifyCommand.Create(),
    RunCommand.Create(),
    UpCommand.Create(),
    LoadCommand.Create(),
    UnloadCommand.Create(),
    StatusCommand.Create(),
    ChainCommand.Create(),
    MapCommand.Create(),
    ProgCommand.Create(),
    BackendsCommand.Create(),
    BenchCommand.Create(),
    ConformanceCommand.Create(),
};
root.SetAction(_ => root.Parse("--help").Invoke());
foreach (var option in root.Options)
{
    if (option is HelpOption help) help.Action = new HelpAction { MaxWidth = Terminal.Width };
    if (option is VersionOption version) version.Action = new VersionAction();
}

try
{
    var line = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    if (line.Errors.Count > 0) return ExitCode.Of(BadLine(line));
    return line.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (OutOfMemoryException)
{
    return ExitCode.Of(UsageError.NoMemory());
}
catch (Exception e)
{
    return ExitCode.Of(e);
}

// The first error says enough; but a word that is no command says more than that a command is missing.
static Chainring.Offload.InputError BadLine(ParseResult line)
{
    var names = new List<string>();
    for (var at = line.CommandResult; at is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult) names.Insert(0, at.Command.Name);
    string what = names.Count == 1 && line.UnmatchedTokens is [var word, ..]
        ? UsageError.NoSuchCommand(word)
        : line.Errors[0].Message.TrimEnd('.');
    return UsageError.BadLine(string.Join(' ', names), char.ToLowerInvariant(what[0]) + what[1..]);
}

sealed class VersionAction : System.CommandLine.Invocation.SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        string version = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Console.Out.WriteLine($"chainring {version}");
        return ExitCode.Done;
    }
}
