using System.Text.Json.Nodes;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary>What people read.</summary>
public class ScreenTests
{
    static IEnumerable<string> Objects() => Directory.EnumerateFiles(TestData.Path("elf"), "*.19v3*.o").Order(StringComparer.Ordinal).Select(f => Path.GetFileName(f)!);

    [Test]
    public void The_demo_fits_one_screen_and_says_why()
    {
        using var work = new Workspace();
        string[] lines = work.Done("demo").TrimEnd('\n').Split('\n');
        Assert.That(lines, Has.Length.LessThanOrEqualTo(40));
        Assert.That(lines.Max(l => l.Length), Is.LessThanOrEqualTo(100));
        string text = string.Join('\n', lines);
        Assert.That(text, Does.Contain("pass 26: edge to counter"));
        Assert.That(text, Does.Match(@"port 53 +26 frames +UDP +14 frames  1,930 bytes"));
        Assert.That(text, Does.Contain("drop     port 53 is blocked"));
        Assert.That(lines, Has.None.EndsWith(" "));
    }

    [Test]
    public void A_summary_has_no_spaces_at_line_ends_and_fits_80_columns()
    {
        using var work = new Workspace();
        foreach (string chain in new[] { "chain-each-code", "chain-wildcard", "tail-dispatch", "chain-headers" })
        {
            string[] lines = work.Done("run", "--chain", TestData.Path("objects", $"{chain}.yaml"), "--in", Workspace.Capture("sizes-14-to-3520")).Split('\n');
            Assert.That(lines[2..], Has.None.EndsWith(" "));
            Assert.That(lines[2..].Max(l => l.Length), Is.LessThanOrEqualTo(80));
        }
    }

    [Test]
    public void A_run_of_no_frames_says_so()
    {
        using var work = new Workspace();
        Assert.That(work.RunFirewall("no-frames"), Does.Contain("0 frames, 0 bytes; 0 batches"));
    }

    [TestCaseSource(nameof(Objects))]
    public void Inspecting_and_disassembling_an_object_works_or_says_why_not(string name)
    {
        using var work = new Workspace();
        foreach (string command in new[] { "inspect", "disasm" })
        {
            var outcome = work.Run([command, TestData.Path("elf", name)]);
            Assert.That(outcome.Out.Split('\n'), Has.None.EndsWith(" "));
            if (outcome.Code == 0) Assert.That(outcome.Error, Is.Empty);
            else Assert.That(outcome.Error.Count(c => c == '\n'), Is.EqualTo(1), outcome.Error);
        }
    }

    [Test]
    public void Inspect_names_what_the_card_does_not_have()
    {
        using var work = new Workspace();
        Assert.That(work.Done("inspect", TestData.Path("cli", "missing-helper.o")), Does.Contain("not on the card  bpf_get_current_task"));
        string externs = work.Done("inspect", TestData.Path("elf", "externs.19v3.o"));
        Assert.That(externs, Does.Contain("kfuncs           bpf_xdp_metadata_rx_timestamp\n"));
        Assert.That(externs, Does.Contain("not on the card  chainring_absent_value (weak), chainring_absent (weak)\n"));
        string missing = TestData.Path("cli", "missing-map.o");
        Assert.That(work.Done("inspect", missing), Does.Match(@"stacks +stack_trace .* not on the card"));
        var json = JsonNode.Parse(work.Done("inspect", missing, "--json"))!;
        Assert.That(json["maps"]!.AsArray().Where(m => !(bool)m!["supported"]!).Select(m => (string)m!["name"]!), Is.EqualTo(new[] { "stacks" }));
    }

    [Test]
    public void Disassembly_reads_as_that_of_llvm_objdump()
    {
        using var work = new Workspace();
        string text = work.Done("disasm", Workspace.Object("odd-sections") + ":in_prog");
        Assert.That(text, Does.Contain("\n0000000000000000 <in_prog>:\n       0:\tbf 16 00 00 00 00 00 00\tr6 = r1\n"));
        Assert.That(text, Does.Contain("       5:\t18 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00\tr1 = 0x0 ll\t; map runs\n"));
        Assert.That(text, Does.Contain("       7:\t85 00 00 00 01 00 00 00\tcall 0x1\t; bpf_map_lookup_elem\n"));
        string kfuncs = work.Done("disasm", TestData.Path("elf", "externs.19v3.o") + ":guarded");
        Assert.That(kfuncs, Does.Contain("call -0x1\t; bpf_xdp_metadata_rx_timestamp\n"));
        Assert.That(kfuncs, Does.Contain("r2 = 0x0 ll\t; chainring_absent, which cards do not have\n"));
        Assert.That(text, Does.Contain("       8:\t15 00 03 00 00 00 00 00\tif r0 == 0x0 goto +0x3 <in_prog+0x60>\n"));
    }

    [Test]
    public void Disassembling_an_object_without_XDP_programs_says_so()
    {
        using var work = new Workspace();
        var outcome = work.Run(["disasm", TestData.Path("elf", "types.19v3.o") + ":probe"]);
        Assert.That((outcome.Code, outcome.Out), Is.EqualTo((2, "")));
        Assert.That(outcome.Error, Does.Contain("probe is not an XDP program"));
    }

    [Test]
    public void Without_arguments_there_is_help_and_with_version_the_version()
    {
        using var work = new Workspace();
        Assert.That(work.Done(), Does.Contain("demo").And.Contain("Exit codes: 0 done"));
        Assert.That(work.Done(), Is.EqualTo(work.Done("--help")));
        Assert.That(work.Done("--version"), Does.Match(@"^chainring \d+\.\d+\.\d+\S*\n$"));
    }
}
