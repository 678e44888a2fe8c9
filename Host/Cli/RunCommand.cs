using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Pcap;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary><c>chainring run</c>: the frames of captures through a chain or a single program.</summary>
static class RunCommand
{
    /// <summary>What an error calls the output when it cannot tell which of the files it is: the disk is full.</summary>
    const string Outputs = "the output";

    static readonly ChainOptions Chain = new(CardClock.Capture);
    static readonly Option<string[]> InOption = OptionKinds.Text<string[]>("--in", "[PORT=]CAPTURE", "pcap or pcapng file, Ethernet, also compressed with gzip; a folder of them, in the order of their names; - for standard input; several for several ports");
    static readonly Option<string?> CardOption = OptionKinds.Text<string?>("--card", "FILE.yaml", "card file (YAML): ports, their queues and wires");
    static readonly Option<int> BatchOption = OptionKinds.Number("--batch", 256, 1, CardFile.MaxRing, "frames per batch");
    static readonly Option<int> QueuesOption = OptionKinds.Number("--queues", 1, 1, CardFile.MaxQueues, "RX queues that RSS spreads the frames over; queue n is CPU n");
    static readonly Option<int> RingOption = OptionKinds.Number("--ring", 256, 1, CardFile.MaxRing, "frames that wait in a queue at most, as many as --batch if not given; a batch has no more");
    static readonly Option<int> RepeatOption = OptionKinds.Number("--repeat", 1, 1, int.MaxValue, "play the captures N times, map contents kept");
    static readonly Option<string?> OutOption = OptionKinds.Text<string?>("--out", "DIR", "write pass.pcap, tx.pcap and redirect-TARGET.pcap there");
    static readonly Option<bool> DroppedOption = new("--dropped") { Description = "with --out, also drop.pcap and aborted.pcap" };
    static readonly Option<bool> PcapngOption = new("--pcapng") { Description = "with --out, write pcapng, with each frame's queue and verdict; names end in .pcapng" };
    static readonly Option<bool> CommentsOption = new("--comments") { Description = "with --pcapng, say each frame's verdict, its reason and the programs that ran in a comment" };
    static readonly Option<string?> VerdictsOption = OptionKinds.Text<string?>("--verdicts", "FILE", "write a line per frame: index, verdict, length, CRC-32");
    static readonly Option<string?> EventsPcapOption = OptionKinds.Text<string?>("--events-pcap", "FILE", "write the packet bytes of perf events as a capture");

    public static Command Create()
    {
        var command = new Command("run", "Run the frames of captures through a chain of XDP programs");
        Option[] own =
        [
            InOption, CardOption, BatchOption, QueuesOption, RingOption, RepeatOption,
            OutOption, DroppedOption, PcapngOption, CommentsOption, VerdictsOption, EventsPcapOption,
        ];
        foreach (var option in Chain.All.Concat(own)) command.Options.Add(option);
        command.SetAction(line => Invoke(line) is { } problem ? ExitCode.Of(problem) : ExitCode.Done);
        return command;
    }

    static Problem? Invoke(ParseResult line)
    {
        if (!Chain.LoadChain(line).Try(out var chain, out var problem)) return problem;
        if (line.GetValue(DroppedOption) && line.GetValue(OutOption) is null) return UsageError.DroppedWithoutOut();
        if (line.GetValue(PcapngOption) && line.GetValue(OutOption) is null) return UsageError.PcapngWithoutOut();
        if (line.GetValue(CommentsOption) && !line.GetValue(PcapngOption)) return UsageError.CommentsWithoutPcapng();

        string[] captures = line.GetValue(InOption) ?? [];
        var settings = Chain.Settings(line, new RunSettings
        {
            Capture = string.Join(", ", captures),
            Batch = line.GetValue(BatchOption),
            Queues = line.GetValue(QueuesOption),
            Ring = line.GetValue(line.IsGiven(RingOption) ? RingOption : BatchOption),
            Repeat = line.GetValue(RepeatOption),
        });
        if (line.GetValue(CardOption) is { } file)
        {
            foreach (var option in captures.Length > 0 ? new[] { BatchOption, QueuesOption, RingOption } : [BatchOption, QueuesOption, RingOption, RepeatOption])
            {
                if (line.IsGiven(option)) return UsageError.CardSays(option.Name);
            }
            if (!CardFile.Load(file).Try(out var read, out problem) || !CardSpecs.Play(read, captures, settings.Repeat).Try(out read, out problem)) return problem;
            if (read.Ports.FirstOrDefault(p => p.Wire.IsEndless || p.Host.IsEndless) is { } port)
                return CardFileError.Endless(port.Wire.IsEndless ? port.Wire.Where : port.Host.Where, port.Config.Name);
            string input = captures.Length > 0 ? settings.Capture : file;
            return RunCard(line, chain, read, settings with { Capture = input, Queues = read.Queues, Batch = read.Ports[0].Config.Batch });
        }
        if (captures.Length == 0) return UsageError.NothingToRun();
        var config = settings.PortFor(chain.Members.Select(m => m.Program));
        long buffers = captures.Length * CardSpec.BuffersOf(config);
        if (buffers > CardFile.MaxBuffers) return UsageError.TooManyBuffers(buffers, CardFile.MaxBuffers);
        // A single capture has no other port that a frame could go to.
        var ports = CardSpecs.Of(captures, settings, config);
        return captures is [var capture] ? RunCapture(line, chain, ports, capture, settings) : RunCard(line, chain, ports, settings);
    }

    static Problem? RunCapture(ParseResult line, ChainSpec chain, CardSpec around, string capture, RunSettings settings)
    {
        if (!Chain.Install(line, chain, settings, around, line.GetValue(CommentsOption)).Try(out var ready, out var problem)) return problem;
        var (card, installed) = (ready.Card, ready.Chain);
        settings = ready.Settings;
        using var _ = installed;
        if (!Captures.Open(capture, settings.Repeat).Try(out var wire, out problem)) return problem;
        using var __ = wire;
        return Write(line, card, installed, wire.Nanoseconds, (sink, progress, _) => CaptureRun.Run(card, installed, wire, settings, sink, progress));
    }

    static Problem? RunCard(ParseResult line, ChainSpec chain, CardSpec spec, RunSettings settings)
    {
        if (!Chain.Install(line, chain, settings, spec, line.GetValue(CommentsOption)).Try(out var ready, out var problem)) return problem;
        var (card, installed) = (ready.Card, ready.Chain);
        settings = ready.Settings;
        using var _ = installed;
        return Write(line, card, installed, nanoseconds: true, (sink, progress, create) =>
        {
            if (!PluggedCard.Plug(card, spec, new WireOpener(Live: false, Captures.Open, create)).Try(out var plugged, out var refused)) return refused;
            using (plugged) return CaptureRun.Run(plugged, installed, settings, sink, progress);
        });
    }

    delegate Result<RunReport> Runner(IFrameSink sink, Progress progress, Func<string, Stream> create);

    /// <summary>Opens the outputs, runs, and writes what was asked for; all files appear, or none.</summary>
    static Problem? Write(ParseResult line, SmartNic card, InstalledChain chain, bool nanoseconds, Runner run)
    {
        string path = Outputs;
        try
        {
            using var files = new OutputFiles();
            using var verdicts = line.GetValue(VerdictsOption) is { } verdictPath ? new VerdictFile(Create(verdictPath)) : null;
            var format = new CaptureFormat(nanoseconds, line.GetValue(PcapngOption), line.GetValue(CommentsOption));
            using var captures = line.GetValue(OutOption) is { } folder
                ? new VerdictCaptures(card.Maps, chain.Names, name => Create(Path.Combine(folder, name)), format, line.GetValue(DroppedOption))
                : null;
            using var events = line.GetValue(Chain.Events) is { } eventPath ? new EventFile(Create(eventPath), chain, card.Maps) : null;
            using var eventCapture = line.GetValue(EventsPcapOption) is { } pcapPath
                ? new EventCapture(CaptureWriter.Create(Create(pcapPath), pcapPath, "events", nanoseconds))
                : null;
            var results = new ResultFiles(Chain, line, Create);
            IFrameSink?[] sinks = [verdicts, captures, events, eventCapture];

            using var progress = new Progress();
            if (!run(new FrameSinks([.. sinks.OfType<IFrameSink>()]), progress, Create).Try(out var report, out var problem)) return problem;
            progress.Dispose();

            verdicts?.Dispose();
            captures?.Dispose();
            events?.Dispose();
            eventCapture?.Dispose();
            results.Write(report, MapDump.Of(chain));
            files.Commit();
            results.Show(report);
            return null;

            Stream Create(string name)
            {
                path = name;
                var stream = files.Create(name) ?? throw new IOException("two outputs cannot go to the same file");
                path = Outputs;
                return stream;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UsageError.CannotWrite(path, FileErrors.Reason(e, path));
        }
    }
}
