using System.Text.Json.Nodes;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary><c>chainring verify</c> and <c>--device</c>: what is said, where, and what it exits with.</summary>
public sealed class VerifyTests
{
    static readonly string Unsafe = TestData.Path("cli", "unsafe.o"), Firewall = Workspace.Example("firewall.o"), Router = Workspace.Example("router.o");

    [Test]
    public void An_accepted_program_is_described()
    {
        using var work = new Workspace();
        string[] lines = work.Done("verify", Firewall).Split('\n');
        Assert.That(lines[0], Is.EqualTo("xdp_firewall: accepted, 49 instructions"));
        Assert.That(lines[1], Does.Match(@"^  processed   \d+ in \d+ states?, \d+ at once, [\d.]+ ms$"));
        Assert.That(lines[2], Does.Match(@"^  worst case  \d+ instructions a frame$"));
        Assert.That(lines[3..], Is.EqualTo(new[] { "  stack       16 bytes", "  helpers     bpf_map_lookup_elem", "  maps        blocked_ports by 1 instruction", "" }));
    }

    [Test]
    public void A_rejected_program_is_one_line_and_the_others_are_judged_all_the_same()
    {
        using var work = new Workspace();
        var outcome = work.Run(["verify", Unsafe]);
        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Error, Does.Match(@"^chainring: reads_blindly: instruction \d+ \(unsafe\.c:11: return data\[12\] == 8 \? XDP_PASS : XDP_DROP;\): 1 bytes at .* \[V22 packet-bounds\]\n$"));
        Assert.That(outcome.Out, Does.StartWith("reads_what_is_there: accepted"));
    }

    [Test]
    public void The_way_to_a_rejection_is_shown_as_the_kernel_shows_it()
    {
        using var work = new Workspace();
        var outcome = work.Run(["verify", $"{Unsafe}:reads_blindly", "-v"]);
        string[] lines = outcome.Error.TrimEnd('\n').Split('\n');
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((1, "")));
        Assert.That(lines[1..5], Is.EqualTo(new[]
        {
            "; unsigned char *data = (unsigned char *)(long)ctx->data; @ unsafe.c:9",
            "   0: (61) r1 = *(u32 *)(r1 +0)",
            "; return data[12] == 8 ? XDP_PASS : XDP_DROP; @ unsafe.c:11",
            "   1: (71) r1 = *(u8 *)(r1 +12)",
        }));
        Assert.That(lines[5..], Has.Some.Contains("r1").And.Some.Contains("r10"), "what is known of registers there");
    }

    [Test]
    public void As_JSON_everything_is_there()
    {
        using var work = new Workspace();
        var outcome = work.Run(["verify", Unsafe, "--json"]);
        Assert.That((outcome.Code, outcome.Error), Is.EqualTo((1, "")));
        var view = JsonNode.Parse(outcome.Out)!;
        Assert.That(((string)view["object"]!, view["device"], (bool)view["accepted"]!), Is.EqualTo(("unsafe.o", (JsonNode?)null, false)));
        var (rejected, accepted) = (view["programs"]![0]!, view["programs"]![1]!);
        var problem = rejected["problems"]![0]!;
        Assert.That(((bool)rejected["accepted"]!, rejected["processed"], (string)problem["id"]!, (string)problem["name"]!), Is.EqualTo((false, (JsonNode?)null, "V22", "packet-bounds")));
        Assert.That(((int)problem["instruction"]!, (int)problem["source"]!["line"]!, problem["path"]!.ToJsonString()), Is.EqualTo((1, 11, "[0,1]")));
        Assert.That(problem["state"]!.AsArray(), Is.Not.Empty);
        Assert.That(((bool)accepted["accepted"]!, (int)accepted["worst_case"]! > 0, (int)accepted["stack_bytes"]!), Is.EqualTo((true, true, 0)));
    }

    [Test]
    public void A_device_lists_every_rule_that_is_broken()
    {
        using var work = new Workspace();
        var outcome = work.Run(["verify", Workspace.Example("limiter.o"), "--device", "nfp"]);
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((1, "")));
        Assert.That(outcome.Error.TrimEnd('\n').Split('\n').Select(l => l[(l.LastIndexOf('[') + 1)..^1]),
            Is.EqualTo(new[] { "R01 map-type", "R34 helper", "R37 map-store" }));
        Assert.That(outcome.Error, Does.Contain("the driver says '[nfp] unsupported function id: 5' [R34 helper]"));
        var view = JsonNode.Parse(work.Run(["verify", Workspace.Example("limiter.o"), "--device", "nfp", "--json"]).Out)!;
        Assert.That(((string)view["device"]!, (string)view["problems"]![0]!["id"]!, (int)view["problems"]![0]!["errno"]!), Is.EqualTo(("nfp", "R01", 22)));
        Assert.That(((string)view["programs"]![0]!["problems"]![0]!["driver"]!, (int)view["programs"]![0]!["problems"]![0]!["errno"]!), Is.EqualTo(("[nfp] unsupported function id: 5", 95)));
    }

    [Test]
    public void A_device_takes_what_keeps_its_rules()
    {
        using var work = new Workspace();
        Assert.That(work.Done("verify", Firewall, "--device", "nfp"), Does.StartWith("xdp_firewall: accepted"));
        Assert.That(work.Done("verify", Workspace.Example("pass.o"), "--device", "fpga-small"), Does.StartWith("xdp_pass: accepted"));
        work.Write("mine.yaml", "programs: { instructions: 48 }");
        Assert.That(work.Run(["verify", Firewall, "--device", "mine.yaml"]).Error, Is.EqualTo("chainring: xdp_firewall: it has 49 instructions, and the card takes 48 [R15 too-many-instructions]\n"));
    }

    static IEnumerable<string> Examples => Directory.EnumerateFiles(TestData.FromRoot("examples"), "*.o").Order();

    [TestCaseSource(nameof(Examples))]
    public void The_card_without_limits_takes_every_example(string path)
    {
        using var work = new Workspace();
        work.Done("verify", path, "--device", "unlimited");
        work.Done("verify", path);
    }

    /// <summary>The first rule that is broken is what a run says too.</summary>
    [TestCase("run", "--in", "arp"), TestCase("up", "--card", "card.yaml")]
    public void Whoever_runs_on_a_device_is_held_to_its_rules(string command, string option, string input)
    {
        using var work = new Workspace();
        work.Write("card.yaml", $"ports: {{ a: {{ wire: {{ capture: {Workspace.Capture("arp")}, paced: false }} }} }}");
        string[] line = [command, option, command == "run" ? Workspace.Capture(input) : input, .. command == "up" ? new[] { "--quiet" } : []];
        Assert.That(work.Done([.. line, "--prog", Firewall, "--device", "nfp"]), Does.Contain("32 frames"));
        var refused = work.Run([.. line, "--prog", Router, "--device", "nfp"]);
        Assert.That((refused.Code, refused.Out), Is.EqualTo((1, "")));
        Assert.That(refused.Error, Does.StartWith("chainring: xdp_router: instruction 65 calls bpf_redirect()").And.EndsWith("[R34 helper]\n"));
        var chained = work.Run([.. line, "--chain", Workspace.Example("pass-then-drop.yaml"), "--device", "netdevsim"]);
        Assert.That((chained.Code, chained.Error), Is.EqualTo((1, "chainring: the chain has 2 programs, and the card takes 1: it does not chain [C28 chain-programs]\n")));
        work.Done([.. line, "--chain", Workspace.Example("pass-then-drop.yaml"), "--device", "fpga-small"]);
        Assert.That(work.Run([.. line, "--prog", Firewall, "--device", "nope"]).Error, Does.StartWith("chainring: nope: there is no device file there").And.EndsWith("[Y50 no-such-device]\n"));
    }

    [TestCase(2, "nothing.o cannot be read", "nothing.o")]
    [TestCase(2, "there is no device file there, and no device of that name; there are fpga-small,", "pass.o", "--device", "none")]
    [TestCase(2, "bad.yaml:2: unknown key 'colour'", "pass.o", "--device", "bad.yaml")]
    [TestCase(2, "there is no program nope; it has xdp_pass", "pass.o:nope")]
    [TestCase(2, "--device must not be empty", "pass.o", "--device", "")]
    public void A_mistake_is_one_sentence(int code, string says, params string[] line)
    {
        using var work = new Workspace();
        File.Copy(Workspace.Example("pass.o"), work.PathOf("pass.o"));
        work.Write("bad.yaml", "frame: 1514\ncolour: red\n");
        var outcome = work.Run(["verify", .. line]);
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((code, "")));
        Assert.That(outcome.Error, Does.StartWith("chainring: ").And.Contain(says).And.EndsWith("]\n"));
        Assert.That(outcome.Error.Count(c => c == '\n'), Is.EqualTo(1));
    }

    [Test]
    public void Hosts_do_not_let_programs_write_what_cards_do()
    {
        using var work = new Workspace();
        var host = work.Run(["verify", TestData.Path("cli", "steer.o")]);
        Assert.That((host.Code, host.Error), Is.EqualTo((1, host.Error)));
        Assert.That(host.Error, Does.Contain("[V27 context-access]"));
        Assert.That(work.Done("verify", TestData.Path("cli", "steer.o"), "--device", "nfp"), Does.StartWith("steer: accepted"));
    }
}
