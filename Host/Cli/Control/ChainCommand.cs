using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Control;
using Chainring.Offload;

namespace Chainring.Host.Cli.Control;

/// <summary><c>chainring status</c>: what xdp-loader status prints, and the chain.</summary>
static class StatusCommand
{
    public static Command Create() => ToCard.Command("status", "Show what is loaded on a running card, and its chain", _ => ToCard.Request("status"),
        ToCard.Show<StatusView>(status => Console.Out.Write(JsonText.Of(status)), Write));

    static void Write(StatusView status)
    {
        ChainText.WriteTable(Console.Out, status);
        if (status.Chain.Entry is not null) ChainText.Write(Console.Out, Terminal.Width, status.Chain);
    }
}

/// <summary><c>chainring chain</c>: the chain of a running card, looked at and changed while frames flow.</summary>
static class ChainCommand
{
    static readonly Argument<string> File = new("FILE.yaml") { Description = "chain file" };
    static readonly Argument<string> Stage = new("STAGE") { Description = "a stage, by the alias that its program has in the chain" };
    static readonly Argument<string> NewStage = new("STAGE=OBJ[:PROGRAM]") { Description = "what the new stage is called, and its program" };
    static readonly Argument<string> Object = new("OBJ[:PROGRAM]") { Description = "the program that takes its place" };
    static readonly Option<string?> Before = OptionKinds.Text<string?>("--before", "STAGE", "whatever leads to that stage leads to the new one, and that leads there");
    static readonly Option<string?> After = OptionKinds.Text<string?>("--after", "STAGE", "that stage leads to the new one, and what followed there follows it");
    static readonly Option<string[]> Actions = OptionKinds.Text<string[]>("--actions", "ACTIONS", "on which codes: of the new stage with --before, of that stage with --after; pass unless told");

    public static Command Create() => new("chain", "The chain of a running card")
    {
        ToCard.Command("show", "Show stages, edges, counters and the revision", _ => ToCard.Request("chain-show"),
            ToCard.Show<ChainView>(chain => Console.Out.Write(JsonText.Of(chain)), chain => ChainText.Write(Console.Out, Terminal.Width, chain))),
        ToCard.Change("set", "Put a chain file in place of the chain", line => ToCard.Request("chain-set") with { File = Path.GetFullPath(line.GetValue(File)!) }, File),
        ToCard.Change("insert", "Put a program before or after a stage", Insert, NewStage, Before, After, Actions),
        ToCard.Change("remove", "Take a stage out; what led to it leads to what followed it", line => ToCard.Request("chain-remove") with { Stage = line.GetValue(Stage) }, Stage),
        ToCard.Change("replace", "Put another program in a stage's place; maps of the same name and shape keep their contents",
            line => (ToCard.Request("chain-replace") with { Stage = line.GetValue(Stage) }).WithObject(line.GetValue(Object)!), Stage, Object),
    };

    static Result<ControlRequest> Insert(ParseResult line)
    {
        string text = line.GetValue(NewStage)!;
        if (text.Split('=', 2) is not [{ Length: > 0 } stage, { Length: > 0 } source]) return UsageError.StageAndObject(text);
        var (before, after) = (line.GetValue(Before), line.GetValue(After));
        if ((before is null) == (after is null)) return UsageError.BeforeOrAfter();
        return (ToCard.Request("chain-insert") with { Stage = stage, Before = before, After = after, Actions = line.IsGiven(Actions) ? line.GetValue(Actions) : null }).WithObject(source);
    }
}
