using System.Text.Json.Nodes;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.OpenCl;
using Chainring.Tests.Kernels.OpenCl;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary>What executes programs, who chose it, and what it makes of them.</summary>
public sealed class BackendTests
{
    static string OnlyInterpreted => TestData.Path("cli", "two-callbacks.o");

    [Test]
    public void They_are_listed_with_what_auto_takes()
    {
        using var work = new Workspace();
        string text = work.Done("backends");
        foreach (var target in Targets.All) Assert.That(text, Does.Match($"(?m)^{target.Name} +{target.Description[..20]}"));
        Assert.That(string.Join(' ', text.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries)), Does.Contain($"auto measures a chain on {string.Join(", ", Targets.Candidates.Select(t => t.Name))} ")
            .And.Contain($"; {Targets.Usual.Name}, the fastest for most chains, if none is faster by more than the noise."));
        var json = JsonNode.Parse(work.Done("backends", "--json"))!;
        Assert.That(json["devices"]!.AsArray().Select(d => (string)d!["name"]!), Is.EqualTo(Devices.All.Select(d => d.Name)));
        for (int n = 0; n < Devices.All.Count; n++) Assert.That(text, Does.Contain($"OpenCL device {n}"));
        Assert.That(json["backends"]!.AsArray().Select(b => (string)b!["name"]!), Is.EqualTo(Targets.ByName.Select(t => t.Name)));
        Assert.That((string)json["auto"]!["backend"]!, Is.EqualTo(Targets.Usual.Name));
        Assert.That((int)json["machine"]!["vector_bits"]!, Is.AnyOf(0, 128, 256, 512));
    }

    [Test]
    public void A_summary_says_which_ran_and_why_if_it_was_chosen()
    {
        using var work = new Workspace();
        string pass = Workspace.Example("pass.o");
        Assert.That(work.RunProgram(pass, "arp"), Does.Contain($" on {Targets.Usual.Name} (auto: "));
        foreach (var target in Targets.All) Assert.That(work.RunProgram(pass, "arp", "--backend", target.Name), Does.Match($" on {target.Name}\n"));
        var chosen = JsonNode.Parse(work.RunProgram(pass, "arp", "--json", "-"))!;
        var named = JsonNode.Parse(work.RunProgram(pass, "arp", "--json", "-", "--backend", "il"))!;
        Assert.That(((string?)chosen["why_backend"], (string?)named["why_backend"]), Is.EqualTo(("the fastest for most chains; fewer than 5,000,000 frames are not worth measuring it", (string?)null)));
        Assert.That((chosen["measured"], named["measured"]), Is.EqualTo(((JsonNode?)null, (JsonNode?)null)));
    }

    [Test]
    public void A_chain_that_many_frames_go_through_runs_on_what_is_measured_to_be_the_fastest()
    {
        using var work = new Workspace();
        // 400 frames, so often that it is worth it.
        byte[] one = File.ReadAllBytes(Workspace.Capture("64-bytes-10-flows"));
        const int header = 24, times = 50;
        File.WriteAllBytes(work.PathOf("long.pcap"), [.. one[..header], .. Enumerable.Repeat(one[header..], times).SelectMany(b => b)]);
        string text = work.Done("run", "--prog", Workspace.Example("pass.o"), "--in", "long.pcap", "--repeat", "250", "--json", "report");
        var report = work.Json("report");
        var measured = report["measured"]!.AsArray();
        Assert.That(measured.Select(m => (string)m!["backend"]!), Is.EquivalentTo(Targets.Candidates.Select(t => t.Name)));
        Assert.That((string)report["backend"]!, Is.EqualTo((string)measured[0]!["backend"]!));
        Assert.That(text, Does.Match($@" on {(string)report["backend"]!} \(auto: [\d.]+ ns a frame over its first frames, against [\d.,]+ on \w+"));
        Assert.That((long)report["frames"]!["received"]!, Is.EqualTo(5_000_000));
    }

    [Test]
    public void What_comes_through_a_pipe_is_not_looked_at_before()
    {
        using var work = new Workspace();
        var outcome = work.Run(["run", "--prog", Workspace.Example("pass.o"), "--in", "-", "--json", "-"], File.ReadAllBytes(Workspace.Capture("arp")));
        Assert.That(((int)JsonNode.Parse(outcome.Out)!["frames"]!["received"]!, (string)JsonNode.Parse(outcome.Out)!["why_backend"]!),
            Is.EqualTo((FramesOf("arp"), "the fastest for most chains; what comes through a pipe cannot be looked at before")));
    }

    static int FramesOf(string capture) => Captures.Frames(capture).Frames.Count;

    [Test]
    public void What_il_cannot_compile_is_refused_by_name_and_interpreted_where_auto_may_choose()
    {
        using var work = new Workspace();
        string[] run = ["run", "--prog", OnlyInterpreted, "--in", Workspace.Capture("arp")];
        var refused = work.Run([.. run, "--backend", "il"]);
        Assert.That((refused.Code, refused.Out), Is.EqualTo((1, "")));
        Assert.That(refused.Error, Does.Match("^chainring: either: instruction \\d+ gives a helper one of several functions, and backend il has to know which \\[R50 several-functions\\]\n$"));
        Assert.That(work.Done(run), Does.Match(" on interpreter \\(auto: either: instruction \\d+ gives a helper one of several functions"));
        Assert.That(work.Run([.. run, "--backend", "simd"]).Error, Is.EqualTo(refused.Error.Replace("backend il", "backend simd")));
        foreach (string form in new[] { "--ir", "--il" }) Assert.That(work.Run(["disasm", OnlyInterpreted, form]).Error, Is.EqualTo(refused.Error));
    }

    [TestCase("9"), TestCase("first")]
    public void A_device_that_is_not_there_is_not_another_one(string number)
    {
        OpenClDevice.Need();
        using var work = new Workspace();
        work.Variables[Devices.Variable] = number;
        var refused = work.Run(["run", "--prog", Workspace.Example("pass.o"), "--in", Workspace.Capture("arp"), "--backend", "opencl"]);
        Assert.That((refused.Code, refused.Out, refused.Error), Is.EqualTo((1, "",
            $"chainring: backend opencl cannot be used: {Devices.Variable} is '{number}', which is no number of a device (chainring backends numbers them) [R52 backend-missing]\n")));
        Assert.That(work.Done("backends"), Does.Contain("OpenCL device 0:"), "they are listed all the same");
    }

    [Test]
    public void A_run_on_a_device_says_what_class_the_chain_is_why_and_what_ran_at_once()
    {
        OpenClDevice.Need();
        using var work = new Workspace();
        string[] run = ["run", "--chain", Workspace.Example("rate-limit.yaml"), "--in", Workspace.Capture("all-protocols"), "--backend", "opencl"];
        string text = string.Join(' ', work.Done(run).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.That(text, Does.Contain("the chain is ordered: it looks up in buckets, which remembers what was used last. One frame runs after the other, since the chain looks up in buckets, which remembers what was used last. Batches: one-by-one 1."));
        var json = JsonNode.Parse(work.Done([.. run, "--order", "flow", "--watchdog", "60000", "--json", "-"]))!["on_device"]!;
        Assert.That(((string)json["class"]!, (string)json["why"]!, (string)json["runs"]!), Is.EqualTo(("ordered", "looks up in buckets, which remembers what was used last", "Frames of different flows run at once")));
        json = JsonNode.Parse(work.Done([.. run, "--order", "relaxed", "--json", "-"]))!["on_device"]!;
        Assert.That(((string)json["runs"]!, (long)json["batches"]!["at-once"]!), Is.EqualTo(("All frames of a batch run at once", 1)));
        Assert.That((double)json["together"]!, Is.InRange(0.01, 1));
        var elsewhere = work.Run([.. run[..^1], "il", "--order", "flow"]);
        Assert.That((elsewhere.Code, elsewhere.Error), Is.EqualTo((2, "chainring: --order is for --backend opencl; the others keep the order of all frames, and wait for nothing [U24 only-on-device]\n")));
    }

    [Test]
    public void The_graph_and_the_IL_of_a_chain_are_those_of_all_its_programs()
    {
        using var work = new Workspace();
        string chain = Workspace.Example(Workspace.FirewallChain);
        string graph = work.Done("disasm", "--chain", chain, "--ir"), passes = work.Done("disasm", "--chain", chain, "--ir", "--passes");
        Assert.That(graph, Does.Contain("\nb0:\n").And.Contain("return 0 drop\n").And.Contain("return 1 pass\n").And.Not.Contain(" after "));
        Assert.That(passes, Does.Contain("firewall-then-count after fold:\n").And.EndWith(graph));
        Assert.That(work.Done("disasm", "--chain", chain, "--il"), Does.StartWith("firewall-then-count:\n").And.Match(@"\n    ret\n"));
        Assert.That(work.Done("disasm", "--chain", chain), Does.Contain("program xdp_firewall,").And.Contain("program xdp_counter,"));
    }

    [Test]
    public void The_machine_code_is_that_of_every_method()
    {
        using var work = new Workspace();
        string[] line = ["disasm", Workspace.Example("pass.o"), "--native"];
        if (!NativeCode.IsSupported)
        {
            Assert.That(work.Run(line).Error, Does.Contain("[U22 "));
            return;
        }
        Assert.That(work.Done(line), Does.Match(@"^\n[0-9a-f]{16} <xdp_pass>:\n([0-9a-f]{16}:\t[^\n]+\n)+$").And.Match(@":\tret\n"));
    }

    [Test]
    public void A_program_that_is_not_safe_is_rejected_as_verify_does()
    {
        using var work = new Workspace();
        string program = TestData.Path("cli", "unsafe.o");
        var verified = work.Run(["verify", program]);
        var compiled = work.Run(["disasm", program, "--ir"]);
        Assert.That(verified.Error, Does.Contain("[V22 packet-bounds]"));
        Assert.That((compiled.Code, compiled.Error), Is.EqualTo((verified.Code, verified.Error)));
    }

    [TestCase(new[] { "disasm" }, "U20"), TestCase(new[] { "disasm", "a.o", "--chain", "b.yaml" }, "U20"), TestCase(new[] { "disasm", "a.o", "--passes" }, "U21"), TestCase(new[] { "disasm", "a.o", "--branches" }, "U23")]
    public void What_makes_no_sense_is_said(string[] line, string id)
    {
        using var work = new Workspace();
        var outcome = work.Run(line);
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((2, "")));
        Assert.That(outcome.Error, Does.Contain($"[{id} "));
    }
}
