using System.CommandLine;
using Chainring.Host.Driver.Control;

namespace Chainring.Host.Cli.Control;

/// <summary><c>chainring load</c>, as xdp-loader loads: one more program in the order of priorities.</summary>
static class LoadCommand
{
    static readonly Argument<string[]> Words = new("PORT... OBJ[:PROGRAM]") { Description = "all ports of the card, whose chain is one, and an object", Arity = new(2, 1000) };
    static readonly Option<string?> Program = OptionKinds.Text<string?>("--prog-name", "NAME", "the program of the object, if it has several");
    static readonly Option<int?> Priority = OptionKinds.Number("--prio", int.MinValue, int.MaxValue, "its place: lower ones run first; what the object says unless told");
    static readonly Option<string[]> Actions = OptionKinds.Text<string[]>("--actions", "ACTIONS", "codes on which the chain goes on after it, such as XDP_PASS,XDP_DROP; what the object says unless told");

    public static Command Create()
    {
        Program.Aliases.Add("-n");
        Priority.Aliases.Add("-P");
        Actions.Aliases.Add("-A");
        return ToCard.Change("load", "Load a program on a running card, in libxdp's order", Request, Words, Program, Priority, Actions);

        static Offload.Result<ControlRequest> Request(ParseResult line)
        {
            string[] words = line.GetValue(Words)!;
            var request = ToCard.Request("load") with
            {
                Ports = words[..^1],
                Program = line.GetValue(Program),
                Priority = line.GetValue(Priority),
                Actions = line.IsGiven(Actions) ? line.GetValue(Actions) : null,
            };
            return request.WithObject(words[^1]);
        }
    }
}

/// <summary><c>chainring unload</c>, as xdp-loader unloads.</summary>
static class UnloadCommand
{
    static readonly Argument<string[]> Ports = new("PORT...") { Description = "all ports of the card, whose chain is one", Arity = ArgumentArity.OneOrMore };
    static readonly Option<uint?> Id = OptionKinds.Number<uint>("--id", 0, uint.MaxValue, "the program with that id");
    static readonly Option<bool> All = new("--all", "-a") { Description = "every program: then every frame passes" };

    public static Command Create()
    {
        Id.Aliases.Add("-i");
        return ToCard.Change("unload", "Unload a program of a running card, or all", Request, Ports, Id, All);

        static Offload.Result<ControlRequest> Request(ParseResult line)
        {
            var (id, all) = (line.GetValue(Id), line.GetValue(All));
            return (id is null) == !all ? UsageError.IdOrAll() : ToCard.Request("unload") with { Ports = line.GetValue(Ports), Id = id, All = all ? true : null };
        }
    }
}
