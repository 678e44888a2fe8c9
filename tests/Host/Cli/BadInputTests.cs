using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary>One row per mistake: one sentence on standard error, the right exit code, and no output file touched or left behind.</summary>
public class BadInputTests
{
    /// <param name="Says">A part of the sentence.</param>
    /// <param name="Arguments">After <c>run</c>; what the run needs besides is added.</param>
    public sealed record Row(string Mistake, int Code, string Says, params string[] Arguments)
    {
        public override string ToString() => Mistake;
    }

    const string Prog = "--prog", Chain = "--chain", In = "--in", Map = "--map";

    static readonly string Pass = Workspace.Example("pass.o"), Firewall = Workspace.Example(Workspace.FirewallChain);

    static string Elf(string name) => TestData.Path("elf", $"{name}.19v3.o");

    public static IEnumerable<Row> Rows() =>
    [
        new("no program", 2, "give either --chain FILE.yaml or --prog", In, "good"),
        new("program and chain", 2, "give either --chain FILE.yaml or --prog", Prog, Pass, Chain, Firewall),
        new("no capture", 2, "give --in CAPTURE, or --card FILE with ports that have wires", Prog, Pass, In),
        new("unknown option", 2, "'--frob'; see chainring run --help", Prog, Pass, "--frob"),
        new("batch of none", 2, "--batch must be a whole number from 1 to 65536, not '0'", Prog, Pass, "--batch", "0"),
        new("huge batch", 2, "--batch must be", Prog, Pass, "--batch", "1000000000"),
        new("batch in words", 2, "not 'many'", Prog, Pass, "--batch", "many"),
        new("no repetition", 2, "--repeat must be", Prog, Pass, "--repeat", "0"),
        new("negative seed", 2, "--seed must be a whole number from 0 to 18446744073709551615, not '-1'", Prog, Pass, "--seed", "-1"),
        new("unknown clock", 2, "--clock must be one of capture, wall, not 'sun'", Prog, Pass, "--clock", "sun"),
        new("unknown backend", 2, "--backend must be one of interpreter", Prog, Pass, "--backend", "gpu"),
        new("empty path", 2, "--in must not be empty", Prog, Pass, In, ""),

        new("missing capture", 2, "nothing: No such file or directory", Prog, Pass, In, "nothing"),
        new("folder of captures", 2, "out/pass.pcap: byte 3: the file ends inside its header", Prog, Pass, In, "out"),
        new("folder without captures", 2, "new.d: holds no capture; their names end in .pcap, .pcapng, .pcap.gz, .pcapng.gz", Prog, Pass, In, "new.d"),
        new("empty capture", 2, "empty: byte 0: the file is empty", Prog, Pass, In, "empty"),
        new("short header", 2, "header: byte 10: the file ends inside its header", Prog, Pass, In, "header"),
        new("damage in the middle", 2, "damaged: byte 784: the record claims", Prog, Pass, In, "damaged"),
        new("truncated capture", 2, "cut: byte 936: the record's frame is cut short", Prog, Pass, In, "cut", "--repeat", "3"),
        new("pcapng cut short", 2, "pcapng: byte 0: the section header is cut short: 12 of 28 bytes", Prog, Pass, In, "pcapng"),
        new("gzip cut short", 2, "gzip: byte 4: the file ends inside its gzip data", Prog, Pass, In, "gzip"),
        new("empty pipe", 2, "standard input: byte 0: the file is empty", Prog, Pass, In, "-"),
        new("repeated pipe", 2, "standard input can be played only once", Prog, Pass, In, "-", "--repeat", "2"),

        new("missing object", 2, "nothing.o cannot be read", Prog, "nothing.o"),
        new("no ELF file", 2, "good: not a BPF object: it is not an ELF file", Prog, "good"),
        new("unknown program", 2, "there is no program nope; it has xdp_pass", Prog, Pass + ":nope"),
        new("which program", 2, "it has several XDP programs; choose one of", Prog, Workspace.Object("verdicts")),
        new("not XDP", 2, "probe is not an XDP program", Prog, Elf("types") + ":probe"),
        new("missing helper", 1, "asks: instruction 0 calls bpf_get_current_task (id 35), which the card does not have", Prog, TestData.Path("cli", "missing-helper.o")),
        new("unsupported map", 1, "map stacks is of type stack_trace; the card has array,", Prog, TestData.Path("cli", "missing-map.o")),
        new("unlinkable program", 1, "calls bpf_cgroup_from_id, a kernel function (kfunc) that cards do not have", Prog, Elf("partly") + ":grouped"),

        new("map without =", 2, "--map x: it must be NAME:KEYHEX=VALUEHEX", Prog, Pass, Map, "x"),
        new("unknown map", 2, "there is no map 'x'; there are none", Prog, Pass, Map, "x:00=00"),
        new("bad hex", 2, "the key '003g' is not pairs of hex digits", Chain, Firewall, Map, "blocked_ports:003g=0000000000000000"),
        new("short key", 2, "the key is 1 byte long, and map blocked_ports needs 2", Chain, Firewall, Map, "blocked_ports:00=0000000000000000"),
        new("long value", 2, "the value is 9 bytes long", Chain, Firewall, Map, "blocked_ports:0035=000000000000000000"),
        new("key beyond the array", 2, "refuses the entry", Chain, Firewall, Map, "by_protocol:ffff0000=00000000000000000000000000000000"),

        new("missing chain", 2, "nothing.yaml: No such file or directory", Chain, "nothing.yaml"),
        new("bad YAML", 2, "syntax.yaml:4: ", Chain, "syntax.yaml"),
        new("YAML that ends early", 2, "early.yaml:2: cannot be read as YAML", Chain, "early.yaml"),
        new("unknown key", 2, "key.yaml:3: unknown key 'colour'; there may be name, programs,", Chain, "key.yaml"),
        new("cycle", 2, "cycle.yaml:7: this edge closes a cycle: b -> a -> b", Chain, "cycle.yaml"),
        new("missing file of a chain", 2, "object.yaml:2: ", Chain, "object.yaml"),
        new("chain of what is not XDP", 2, "types.yaml:2: types.19v3.o: probe is not an XDP program", Chain, "types.yaml"),
        new("chain of an unlinkable program", 1, "partly.yaml:2: partly.19v3.o: ", Chain, "partly.yaml"),
        new("chain with a missing helper", 1, "which the card does not have", Chain, "helper.yaml"),

        new("unwritable output", 2, "good/v: Not a directory", Prog, Pass, "--verdicts", "good/v"),
        new("output is a folder", 2, "out: Is a directory", Prog, Pass, "--verdicts", "out"),
        new("output in /proc", 2, "/proc/nothing: No such file or directory", Prog, Pass, "--verdicts", "/proc/nothing"),
        new("full disk", 2, "No space left on device", Prog, Pass, "--verdicts", "/dev/full"),
        new("two outputs in one file", 2, "maps: two outputs cannot go to the same file", Prog, Pass, "--verdicts", "./maps"),
        new("--pcapng alone", 2, "--pcapng says how to write --out DIR, which is missing", Prog, Pass, "--pcapng"),
        new("--comments alone", 2, "--comments needs --pcapng: classic captures have no room", Prog, Pass, "--comments"),
        new("--dropped alone", 2, "--dropped says what to put into --out DIR, which is missing", Prog, Pass, "--dropped"),
    ];

    [TestCaseSource(nameof(Rows))]
    public void A_mistake_is_one_sentence_and_touches_no_file(Row row)
    {
        ArgumentNullException.ThrowIfNull(row);
        using var work = new Workspace();
        Prepare(work);
        var before = work.Files.ToDictionary(f => f, f => Directory.Exists(work.PathOf(f)) ? "" : Convert.ToHexString(File.ReadAllBytes(work.PathOf(f))));

        var outcome = work.Run(["run", .. Complete(row)]);

        Assert.That(outcome.Error, Does.StartWith("chainring: ").And.Contain(row.Says).And.EndsWith("]\n"));
        Assert.That(outcome.Error.Count(c => c == '\n'), Is.EqualTo(1), outcome.Error);
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((row.Code, "")));
        Assert.That(work.Files, Is.EqualTo(before.Keys));
        foreach (string file in before.Keys.Where(f => File.Exists(work.PathOf(f))))
            Assert.That(Convert.ToHexString(File.ReadAllBytes(work.PathOf(file))), Is.EqualTo(before[file]), file);
    }

    /// <summary>A good capture where the row names none, and outputs of every kind: some exist already, some would need a new folder.</summary>
    static List<string> Complete(Row row)
    {
        var arguments = row.Arguments.ToList();
        if (arguments[^1] == In) arguments.RemoveAt(arguments.Count - 1);
        else if (!arguments.Contains(In)) arguments.AddRange([In, "good"]);
        if (!arguments.Contains("--verdicts")) arguments.AddRange(["--verdicts", "new/folder/verdicts"]);
        if (!arguments.Contains("--dropped") && !arguments.Contains("--pcapng")) arguments.AddRange(["--out", "out", "--dropped"]);
        arguments.AddRange(["--maps", "maps", "--json", "new/json"]);
        return arguments;
    }

    static void Prepare(Workspace work)
    {
        byte[] good = File.ReadAllBytes(Workspace.Capture("arp"));
        byte[] damaged = [.. good];
        damaged.AsSpan(24 + 10 * 76 + 8, 4).Fill(0xff);
        File.WriteAllBytes(work.PathOf("good"), good);
        File.WriteAllBytes(work.PathOf("cut"), good[..1000]);
        File.WriteAllBytes(work.PathOf("header"), good[..10]);
        File.WriteAllBytes(work.PathOf("damaged"), damaged);
        File.WriteAllBytes(work.PathOf("pcapng"), [0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a]);
        File.WriteAllBytes(work.PathOf("gzip"), [0x1f, 0x8b, 8, 0]);
        work.Write("empty", "");
        work.Write("maps", "old");
        work.Write("out/pass.pcap", "old");
        work.Write("new.d/readme.txt", "no capture");

        string first = $"programs:\n  a: {{ object: {Pass} }}\n";
        work.Write("syntax.yaml", first + "  b: [\n");
        work.Write("early.yaml", "programs: {a: {object: pass.o}\nedges: ");
        work.Write("key.yaml", first + "colour: red\n");
        work.Write("cycle.yaml", first + $"  b: {{ object: {Pass} }}\nentry: a\nedges:\n  a: {{ pass: b }}\n  b: {{ pass: a }}\n");
        work.Write("object.yaml", "programs:\n  a: { object: nothing.o }\n");
        work.Write("types.yaml", $"programs:\n  a: {{ object: {Elf("types")}, program: probe }}\n");
        work.Write("partly.yaml", $"programs:\n  a: {{ object: {Elf("partly")}, program: grouped }}\n");
        work.Write("helper.yaml", $"programs:\n  a: {{ object: {TestData.Path("cli", "missing-helper.o")} }}\n");
    }

    [TestCase("frob", "there is no command 'frob'; see chainring --help")]
    [TestCase("inspect", "see chainring inspect --help")]
    [TestCase("inspect a b", "'b'; see chainring inspect --help")]
    [TestCase("inspect nothing.o", "there is no such file")]
    [TestCase("disasm nothing.o:x", "there is no such file")]
    [TestCase("demo now", "'now'; see chainring demo --help")]
    public void A_wrong_line_is_one_sentence_without_help(string line, string says)
    {
        ArgumentNullException.ThrowIfNull(line);
        using var work = new Workspace();
        var outcome = work.Run(line.Split(' '));
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((2, "")));
        Assert.That(outcome.Error, Does.StartWith("chainring: ").And.Contain(says));
        Assert.That(outcome.Error.Count(c => c == '\n'), Is.EqualTo(1), outcome.Error);
    }
}
