using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Spec;
using Spectre.Console;

namespace Chainring.Host.Cli;

/// <summary><c>chainring demo</c>: the main job on committed input, explained on one screen.</summary>
static class DemoCommand
{
    const string ChainPath = "examples/firewall-then-count.yaml";
    const string CapturePath = "pcaps/real-dns-over-udp-and-tcp.pcap";

    public static Command Create()
    {
        var command = new Command("demo", "Run a chain of two programs over a committed capture and explain what happened");
        command.SetAction(_ => Invoke());
        return command;
    }

    static int Invoke()
    {
        string root = Root();
        string chainFile = Path.Combine(root, ChainPath), capture = Path.Combine(root, CapturePath);
        if (!File.Exists(chainFile) || !File.Exists(capture)) return ExitCode.Of(UsageError.NoDemo(root));

        if (!ChainFile.Load(chainFile).Try(out var chain, out var problem)) return ExitCode.Of(problem);
        var card = new SmartNic(new CardOptions { Target = Targets.Reference });
        if (!InstalledChain.Install(card, chain).Try(out var installed, out problem)) return ExitCode.Of(problem);
        if (!Captures.Open(capture, times: 1).Try(out var wire, out problem)) return ExitCode.Of(problem);
        using (installed)
        using (wire)
        {
            var settings = new RunSettings { Capture = CapturePath };
            if (!CaptureRun.Run(card, installed, wire, settings, new FrameSinks()).Try(out var report, out problem)) return ExitCode.Of(problem);
            Explain(Terminal.Out, chain, report, installed);
        }
        return ExitCode.Done;
    }

    static void Explain(IAnsiConsole console, ChainSpec chain, RunReport report, InstalledChain installed)
    {
        console.WriteLine("Two XDP programs, compiled by clang and unmodified, linked by a table on the card:");
        console.WriteLine();
        foreach (var member in chain.Members)
        {
            var (source, program) = (member.Source.Name, member.Program);
            string next = string.Join(", ", chain.Edges.Where(e => chain.Members[e.From] == member).Select(e => $"{Names.Of(e.On)} -> {chain.Members[e.To].Alias}"));
            console.WriteLine($"  {member.Alias,-9} {source}:{program.Name}, {program.InstructionCount} instructions{(next.Length > 0 ? $"; {next}" : "")}");
        }
        console.WriteLine();
        Summary.Write(console, report);

        var blocked = installed.Maps.Single(m => m.Map.Spec.Name == "blocked_ports").Map;
        foreach (var entry in blocked.Entries())
        {
            int port = (entry.Key[0] << 8) | entry.Key[1];
            console.WriteLine($"firewall dropped {BitConverter.ToUInt64(entry.Values[0]):N0} frames to port {port} (its map blocked_ports says so)");
        }
        console.WriteLine();
        console.WriteLine("The same by hand, with every frame's verdict and the maps at the end:");
        console.WriteLine($"  ./chainring run --chain {ChainPath} --in {CapturePath} --verdicts verdicts.tsv --maps maps.json");
    }

    /// <summary>The top of the source tree that this build lies in, else the working folder.</summary>
    static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Chainring.slnx"))) return folder.FullName;
        }
        return Environment.CurrentDirectory;
    }
}
