using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Chainring.Host.Driver.Control;
using Chainring.Offload;

namespace Chainring.Host.Cli.Control;

/// <summary><c>chainring prog</c>, as <c>bpftool prog</c>.</summary>
static class ProgCommand
{
    static readonly Argument<string[]> Program = new("xlated PROG") { Description = "PROG is id N, name NAME, or NAME: the program's, or its stage's", Arity = new(2, 3) };

    public static Command Create() => new("prog", "The programs of a running card, in bpftool's words")
    {
        List("list"), List("show", hidden: true),
        ToCard.Command("dump", "Print a program's code as it runs", Named,
            ToCard.Show<CodeView>(code => ToCard.WriteJson(BpftoolText.Json(code)), code => BpftoolText.Write(Console.Out, code)), Program),
    };

    static Command List(string name, bool hidden = false)
    {
        var command = ToCard.Command(name, "List all programs", _ => ToCard.Request("prog-list"), ToCard.Show<ProgramView[]>(
            programs => ToCard.WriteJson(new JsonArray([.. programs.Select(BpftoolText.Json)])), programs => Array.ForEach(programs, program => BpftoolText.Write(Console.Out, program))));
        command.Hidden = hidden;
        return command;
    }

    static Result<ControlRequest> Named(ParseResult line)
    {
        var request = ToCard.Request("prog-dump");
        return line.GetValue(Program) switch
        {
            ["xlated", "id", var which] => uint.TryParse(which, CultureInfo.InvariantCulture, out uint id) ? request with { Id = id } : UsageError.MapWords($"can't parse {which} as ID"),
            ["xlated", "name", var name] => request with { Name = name },
            ["xlated", var name] => request with { Name = name },
            var words => UsageError.MapWords($"expected xlated PROG, got: {string.Join(' ', words!)}"),
        };
    }
}
