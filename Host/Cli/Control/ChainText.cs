using Chainring.Host.Driver.Control;

namespace Chainring.Host.Cli.Control;

/// <summary>The chain of a running card for people.</summary>
static class ChainText
{
    /// <summary>As <c>xdp-loader status</c> prints it; where that has the dispatcher, ours has the chain.</summary>
    public static void WriteTable(TextWriter output, StatusView status)
    {
        output.WriteLine("CURRENT XDP PROGRAM STATUS:");
        output.WriteLine();
        output.WriteLine("Interface        Prio  Program name      Mode     ID   Tag               Chain actions");
        output.WriteLine(new string('-', 86));
        foreach (var port in status.Ports)
        {
            switch (status.Chain.Stages)
            {
                case []:
                    output.WriteLine($"{port.Name,-22} <No XDP program loaded!>");
                    break;
                case [var only]:
                    output.WriteLine(Row(port.Name, "", only.Program, "hw", $"{only.Id}", only.Tag));
                    break;
                default:
                    output.WriteLine(Row(port.Name, "", status.Chain.Name, "hw", "", ""));
                    foreach (var stage in status.Chain.Stages.OrderBy(s => s.Position ?? int.MaxValue))
                        output.WriteLine(Row(" =>", $"{stage.Priority}", stage.Program, "", $"{stage.Id}", stage.Tag) + Actions(status.Chain, stage));
                    break;
            }
        }
        output.WriteLine();
    }

    /// <summary>Stages with what follows them, and how often.</summary>
    public static void Write(TextWriter output, int width, ChainView chain)
    {
        output.WriteLine($"{Terminal.Bold(chain.Name)}, revision {chain.Revision}{(chain.Entry is null ? ": no program, every frame passes" : "")}");
        if (chain.Entry is null) return;
        var table = new TextTable("stage", "program", ">id", ">runs", "on", "next", ">taken", "");
        foreach (var stage in chain.Stages.OrderBy(s => s.Position ?? int.MaxValue))
        {
            string name = stage.Name, program = $"{stage.Program} of {stage.Object}", id = $"{stage.Id}", runs = $"{stage.Runs:N0}";
            var edges = chain.Edges.Where(e => e.From == stage.Name).Select(e => (e.On, Next: e.To, Taken: $"{e.Count:N0}")).ToList();
            if (stage.PassAtEnd is { } codes) edges.Add((string.Join(' ', codes), "end: pass", ""));
            foreach (var (on, next, taken) in edges.DefaultIfEmpty(("", "end", "")))
            {
                table.Add(name, program, id, runs, on, next, taken, "");
                name = program = id = runs = "";
            }
        }
        table.Write(output, width);
    }

    static string Row(string port, string priority, string program, string mode, string id, string tag) => $"{port,-16} {priority,-5} {program,-17} {mode,-8} {id,-4} {tag,-17}";

    /// <summary>libxdp's, else the codes that lead on.</summary>
    static string Actions(ChainView chain, StageView stage) =>
        " " + string.Join(',', (stage.Actions ?? chain.Edges.Where(e => e.From == stage.Name).Select(e => e.On)).Select(on => on == "*" ? on : $"XDP_{on.ToUpperInvariant()}"));
}
