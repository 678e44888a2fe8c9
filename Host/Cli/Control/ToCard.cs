using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Control;
using Chainring.Offload;

namespace Chainring.Host.Cli.Control;

/// <summary>What commands to a running card have in common: where it listens, how it is asked, how its answer is shown.</summary>
static class ToCard
{
    public static readonly Option<string?> Socket = OptionKinds.Text<string?>("--socket", "PATH", "where the card listens, as chainring up was told; $XDG_RUNTIME_DIR/chainring.sock unless told");
    public static readonly Option<bool> Json = new("--json", "-j") { Description = "as JSON" };
    public static readonly Option<ulong?> Revision = OptionKinds.Number<ulong>("--expect-revision", 0, ulong.MaxValue, "change nothing unless the chain is at this revision");

    /// <summary>A command with these options and its own.</summary>
    public static Command Command(string name, string description, Func<ParseResult, Result<ControlRequest>> request, Func<ParseResult, JsonElement, int> show, params IEnumerable<Symbol> own)
    {
        var command = new Command(name, description);
        foreach (var symbol in own)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)symbol);
        }
        command.Options.Add(Socket);
        command.Options.Add(Json);
        command.SetAction(line =>
        {
            if (!OperatingSystem.IsLinux()) return Refused(line, UsageError.NoSocketHere());
            string? path = line.GetValue(Socket) is { } given ? Path.GetFullPath(given) : null;
            if (!request(line).Try(out var asked, out var problem) || !ControlClient.Ask(path, asked).Try(out var result, out problem)) return Refused(line, problem);
            return show(line, result);
        });
        return command;
    }

    public static ControlRequest Request(string command) => new(ControlProtocol.Version, command);

    /// <summary>One that changes the chain: with <c>--expect-revision</c>, and the new revision as its answer.</summary>
    public static Command Change(string name, string description, Func<ParseResult, Result<ControlRequest>> request, params IEnumerable<Symbol> own) =>
        Command(name, description, line => request(line).Try(out var asked, out var problem) ? asked with { ExpectedRevision = line.GetValue(Revision) } : problem, ShowRevision, [.. own, Revision]);

    /// <summary>Absolute, since the card reads it.</summary>
    public static ControlRequest WithObject(this ControlRequest request, string text)
    {
        var (file, program) = ProgramPath.Split(text);
        return request with { Object = Path.GetFullPath(file), Program = program ?? request.Program };
    }

    /// <summary>As bpftool writes JSON: on one line.</summary>
    public static void WriteJson(JsonNode? node) => Console.Out.WriteLine(node?.ToJsonString(OneLine) ?? "null");

    static readonly JsonSerializerOptions OneLine = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Shows an answer as JSON or as text.</summary>
    public static Func<ParseResult, JsonElement, int> Show<T>(Action<T> asJson, Action<T> asText) => (line, result) =>
    {
        (line.GetValue(Json) ? asJson : asText)(ControlProtocol.Read<T>(result));
        return ExitCode.Done;
    };

    static readonly Func<ParseResult, JsonElement, int> ShowRevision =
        Show<ChangedView>(changed => Console.Out.Write(JsonText.Of(changed)), changed => Console.Out.WriteLine($"revision {changed.Revision}"));

    static int Refused(ParseResult line, Problem problem)
    {
        if (!line.GetValue(Json)) return ExitCode.Of(problem);
        WriteJson(new JsonObject { ["error"] = problem.Sentence, ["id"] = problem.Id });
        return problem.IsBadInput ? ExitCode.BadInput : ExitCode.Refused;
    }
}
