using System.Buffers.Binary;
using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary><c>chainring demo</c>: the main job on committed input, explained on one screen to someone who has never seen it.</summary>
static class DemoCommand
{
    const string ChainPath = "examples/firewall-then-count.yaml";
    const string CapturePath = "pcaps/real-dns-over-udp-and-tcp.pcap";
    const int FramesShown = 5;

    /// <summary>Keeps the first frames in words.</summary>
    sealed class FirstFrames : IFrameSink
    {
        public List<(FrameText Frame, XdpAction Verdict)> Frames { get; } = [];

        public void Finished(PacketBatch batch)
        {
            for (int n = 0; n < batch.Count && Frames.Count < FramesShown; n++) Frames.Add((FrameText.Of(batch.Bytes(n)), batch.Verdicts[n].Action));
        }

        public void Missed(in WireFrame frame, long index, MissReason reason)
        {
        }
    }

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
        var card = new SmartNic(new CardOptions { Target = Targets.Usual });
        if (!InstalledChain.Install(card, chain).Try(out var installed, out problem)) return ExitCode.Of(problem);
        if (!Captures.Open(capture, times: 1).Try(out var wire, out problem)) return ExitCode.Of(problem);
        using (installed)
        using (wire)
        {
            var first = new FirstFrames();
            var settings = new RunSettings { Capture = CapturePath };
            if (!CaptureRun.Run(card, installed, wire, settings, first).Try(out var report, out problem)) return ExitCode.Of(problem);
            Explain(Console.Out, report, installed, first);
        }
        return ExitCode.Done;
    }

    static void Explain(TextWriter output, RunReport report, InstalledChain installed, FirstFrames first)
    {
        var blocked = MapOf(installed, "blocked_ports").ToDictionary(e => (int)BinaryPrimitives.ReadUInt16BigEndian(e.Key), e => U64(e.Values[0], 0));
        output.WriteLine($"{report.Frames.Received} frames of real DNS traffic through two XDP programs, compiled by clang and unmodified. A table on");
        output.WriteLine("the (simulated) card says which program is next after which return code.");
        output.WriteLine();
        output.WriteLine($"  {CapturePath}: {report.Frames.Received} frames");
        foreach (var program in report.Programs) Flow(output, report, program);
        output.WriteLine();

        var frames = new TextTable(">frame", "what it is", "verdict", "why");
        for (int n = 0; n < first.Frames.Count; n++)
        {
            var (frame, verdict) = first.Frames[n];
            string port = frame.Port is { } number ? $"port {number} is {(blocked.ContainsKey(number) ? "blocked" : "not blocked")}" : "no port";
            string counted = frame.Protocol is null ? "not IP, not counted" : $"counted as {frame.Protocol}";
            frames.Add($"{n}", frame.Text, Names.Of(verdict), verdict == XdpAction.Drop ? port : $"{port}, {counted}");
        }
        frames.Add("...", "", "", "");
        frames.Write(output, Math.Max(Terminal.Width, 100));
        output.WriteLine();

        output.WriteLine("  dropped by port (firewall's map blocked_ports)    passed by protocol (counter's map by_protocol)");
        var drops = blocked.OrderBy(p => p.Key).Select(p => $"port {p.Key,-5} {p.Value,4} frames");
        var passed = MapOf(installed, "by_protocol").Select(e => (e.Key, Packets: Sum(e, 0), Bytes: Sum(e, 8))).Where(e => e.Packets > 0).ToList();
        var protocols = passed.Select(e => $"{FrameText.ProtocolName(e.Key[0]),-7} {e.Packets,4} frames {e.Bytes,6:N0} bytes");
        long rest = report.Programs[^1].Runs - passed.Sum(e => e.Packets);
        Columns(output, [.. drops], [.. protocols, $"not IP  {rest,4} frames, passed uncounted"]);
        output.WriteLine();
        output.WriteLine("The same by hand, with every frame's verdict and the maps at the end:");
        output.WriteLine($"  ./chainring run --chain {ChainPath} \\");
        output.WriteLine($"      --in {CapturePath} --verdicts verdicts.tsv --maps maps.json");
    }

    static void Flow(TextWriter output, RunReport report, RunReport.ProgramCounts program)
    {
        output.WriteLine("     |");
        output.WriteLine("     v");
        output.WriteLine($"  {Terminal.Bold(program.Name)}, {program.Program} of examples/{program.Object}: ran on {program.Runs} frames");
        foreach (var (verdict, count) in program.Decided.Where(d => d.Value > 0))
            output.WriteLine($"     |-- {verdict} {count}: no edge for {verdict}, so that is the verdict");
        foreach (var edge in report.Edges.Where(e => e.From == program.Name))
            output.WriteLine($"     |-- {edge.On} {edge.Count}: edge to {edge.To}");
    }

    /// <summary>Each CPU has counted for itself.</summary>
    static long Sum(MapEntry entry, int at) => entry.Values.Sum(v => U64(v, at));

    static IReadOnlyList<MapEntry> MapOf(InstalledChain installed, string name) => installed.Maps.Single(m => m.Map.Spec.Name == name).Map.Entries();

    static long U64(byte[] value, int at) => BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(at));

    static void Columns(TextWriter output, string[] left, string[] right)
    {
        for (int n = 0; n < Math.Max(left.Length, right.Length); n++)
            output.WriteLine($"    {left.ElementAtOrDefault(n) ?? "",-48}  {right.ElementAtOrDefault(n)}".TrimEnd());
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
