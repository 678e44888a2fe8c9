using System.Globalization;
using Chainring.Host.Driver;
using Chainring.Offload.Spec;
using Microsoft.Win32.SafeHandles;

namespace Chainring.Host.Cli;

/// <summary>What a running card does, for people: a picture that is painted anew on a terminal, a line each time anywhere else.</summary>
abstract class LiveView(RunReport first) : IDisposable
{
    /// <summary>The report before the one that is shown: rates are of the time between them.</summary>
    protected RunReport Last { get; private set; } = first;

    /// <param name="outputIsTaken">Standard output is for something else: what goes on is said on standard error.</param>
    /// <param name="quiet">Only warnings are said.</param>
    public static LiveView Create(RunReport first, bool outputIsTaken, bool quiet) =>
        quiet ? new Silence(first)
        : !outputIsTaken && !Console.IsOutputRedirected ? new Picture(first)
        : new Lines(first, outputIsTaken ? StandardError : StandardOutput);

    public void Show(RunReport report)
    {
        Paint(report, Math.Max(report.Seconds - Last.Seconds, 0.001));
        Last = report;
    }

    /// <summary>Says something that has happened.</summary>
    public abstract void Note(string text);

    /// <summary>Says something that has gone wrong.</summary>
    public virtual void Warn(string text) => ExitCode.Say($"chainring: {text}");

    public abstract void Dispose();

    protected abstract void Paint(RunReport report, double seconds);

    /// <summary><c>1.23 M</c>: three digits that mean something.</summary>
    protected static string Short(double number) => number switch
    {
        >= 99_950_000 => (number / 1e6).ToString("N0", CultureInfo.InvariantCulture) + " M",
        >= 999_500 => (number / 1e6).ToString("0.00", CultureInfo.InvariantCulture) + " M",
        >= 10_000 => (number / 1e3).ToString("0", CultureInfo.InvariantCulture) + " k",
        _ => number.ToString("N0", CultureInfo.InvariantCulture),
    };

    const int StandardOutput = 1, StandardError = 2;

    sealed class Silence(RunReport first) : LiveView(first)
    {
        public override void Note(string text)
        {
        }

        public override void Dispose()
        {
        }

        protected override void Paint(RunReport report, double seconds)
        {
        }
    }

    /// <summary>A line per interval: time, rates of frames received and of each verdict, drops by reason in all.</summary>
    sealed class Lines : LiveView
    {
        readonly StreamWriter _output;

        /// <param name="descriptor">
        /// A pipe is written to directly, because Console keeps to itself that its reader has gone; a file is not, because both would write
        /// to the same place of it.
        /// </param>
        public Lines(RunReport first, int descriptor) : base(first)
        {
            var direct = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 1);
            Stream shared = descriptor == StandardError ? Console.OpenStandardError() : Console.OpenStandardOutput();
            _output = new(direct.CanSeek ? shared : direct) { AutoFlush = true };
        }

        public override void Note(string text) => _output.WriteLine(text);

        public override void Dispose()
        {
        }

        protected override void Paint(RunReport report, double seconds)
        {
            var parts = new List<string> { $"{report.Seconds,7:F1} s", $"rx {(report.Frames.Received - Last.Frames.Received) / seconds:F0}/s" };
            parts.AddRange(report.Outcomes.Where(o => o.Value > 0).Select(o => $"{o.Key} {(o.Value - Last.Outcomes[o.Key]) / seconds:F0}/s"));
            parts.AddRange(report.Drops.Select(d => $"{d.Key} {d.Value}"));
            if (report.EventsLost > 0) parts.Add($"events-lost {report.EventsLost}");
            _output.WriteLine(string.Join("  ", parts));
        }
    }

    /// <summary>Fills the terminal's alternate screen, which is taken away at the end.</summary>
    sealed class Picture : LiveView
    {
        const string EnterScreen = "\e[?1049h\e[?25l", LeaveScreen = "\e[?25h\e[?1049l", Home = "\e[H", ClearRest = "\e[J", ClearLine = "\e[K";

        string _note = "", _text = "";

        public Picture(RunReport first) : base(first)
        {
            Console.Out.Write(EnterScreen);
            Show(first);
        }

        public override void Note(string text)
        {
            _note = text;
            Draw();
        }

        public override void Warn(string text) => Note(text);

        public override void Dispose()
        {
            try
            {
                Console.Out.Write(LeaveScreen);
            }
            catch (IOException)
            {
                // The terminal is gone.
            }
        }

        protected override void Paint(RunReport report, double seconds)
        {
            var text = new StringWriter();
            int width = Terminal.Width;
            text.WriteLine($"{Terminal.Bold(report.Chain)} on {report.Backend}, {report.Seconds:F0} s; q stops, r reads the chain file again");
            if (report.WhyBackend is { } why) Wrapping.Write(text, "auto  ", why, width);
            text.WriteLine();
            Ports(report, seconds).Write(text, width);
            text.WriteLine();
            Programs(report, seconds).Write(text, width);
            if (report.Edges.Count > 0)
            {
                text.WriteLine();
                Edges(report, seconds).Write(text, width);
            }
            if (report.Drops.Count > 0)
            {
                text.WriteLine();
                Wrapping.Write(text, "drops  ", string.Join(", ", report.Drops.Select(d => $"{d.Key} {d.Value:N0}")), width);
            }
            if (report.EventsLost > 0)
            {
                text.WriteLine();
                Wrapping.Write(text, "", $"{Summary.Count(report.EventsLost, "event")} lost", width);
            }
            _text = text.ToString();
            Draw();
        }

        void Draw()
        {
            int height = Math.Max(4, Console.WindowHeight);
            var lines = (_note.Length > 0 ? $"{_text}\n{_note}" : _text).TrimEnd('\n').Split('\n').Take(height - 1);
            Console.Out.Write(Home + string.Concat(lines.Select(line => line + ClearLine + "\n")) + ClearRest);
        }

        TextTable Ports(RunReport report, double seconds)
        {
            var table = new TextTable("port", ">queue", ">rx/s", ">frames", ">batches", ">waits", ">ring full", "ended");
            foreach (var port in report.Ports)
            {
                var before = Last.Ports.First(p => p.Name == port.Name);
                string ended = string.Join(", ", port.Ended.Select(e => $"{e.Key} {Short((e.Value - before.Ended.GetValueOrDefault(e.Key)) / seconds)}/s"));
                string name = port.Name;
                foreach (var queue in report.Queues.Where(q => q.Port == port.Name))
                {
                    var old = Last.Queues.First(q => q.Port == queue.Port && q.Queue == queue.Queue);
                    table.Add(name, $"{queue.Queue}", Short((queue.Frames - old.Frames) / seconds), $"{queue.Frames:N0}", $"{queue.Batches:N0}", $"{queue.Waiting:N0}", $"{queue.RingFull:N0}", ended);
                    name = ended = "";
                }
            }
            return table;
        }

        TextTable Programs(RunReport report, double seconds)
        {
            var actions = Enum.GetValues<XdpAction>().Select(Names.Of).ToArray();
            var table = new TextTable(["program", ">runs/s", ">runs", .. actions.Select(a => ">" + a), ""]);
            foreach (var program in report.Programs)
            {
                // A chain that was reloaded counts anew.
                long before = Last.Programs.FirstOrDefault(p => p.Id == program.Id)?.Runs ?? 0;
                table.Add([program.Name, Short((program.Runs - before) / seconds), $"{program.Runs:N0}", .. actions.Select(a => $"{program.Returns[a]:N0}"), ""]);
            }
            return table;
        }

        TextTable Edges(RunReport report, double seconds)
        {
            var table = new TextTable("edge", ">taken/s", ">taken", "");
            foreach (var edge in report.Edges)
            {
                long before = Last.Edges.FirstOrDefault(e => (e.From, e.On, e.To) == (edge.From, edge.On, edge.To))?.Count ?? 0;
                table.Add($"{edge.From} {edge.On} -> {edge.To}", Short(Math.Max(0, edge.Count - before) / seconds), $"{edge.Count:N0}", "");
            }
            return table;
        }
    }
}
