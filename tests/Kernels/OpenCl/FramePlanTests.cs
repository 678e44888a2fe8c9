using Chainring.Host.Driver;
using Chainring.Host.Driver.Bench;
using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Kernels.Maps;
using Chainring.Kernels.OpenCl;
using Chainring.Nic;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using Chainring.Tests.Support.Programs;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>What a chain wants of its frames where it does not have them where they are: which words, whether the rest too, and what comes back.</summary>
public sealed class FramePlanTests
{
    // Bytes 12 to 25 hold types behind no, one or two tags, what IPv4 carries is between 23 and 31: words, ends of the frame.
    [TestCase("empty", "")]
    [TestCase("xdp1", "words 12..32")]
    [TestCase("xdp2", "words 0..32, written 0..12")]
    // Ports behind 14 to 22 bytes and a header of 20 to 60.
    [TestCase("firewall", "words 10..86")]
    // The new header begins 20 bytes before the frame; metadata that frames come with moves too.
    [TestCase("balancer", "words -20..80, written -20..16, moves metadata")]
    [TestCase("router", "words 0..44, written 0..36")]
    public void Programs_that_look_at_headers_want_words(string program, string wanted) =>
        Assert.That(Text(PlanOf(ChainSpec.Single(BackendProgram.Source, BackendProgram.Source.Program(program).Value))), Is.EqualTo(wanted));

    [TestCase("payload-hash", "rows..")]
    [TestCase("frags-tail", "rows.., come back")]
    [TestCase("vlan", "rows..14, come back, and words 0..12")]
    [TestCase("meta-write", "rows.., come back")]
    public void Programs_that_go_further_want_frames(string name, string wanted)
    {
        using var card = new TestCard(ChainFile.Load(TestData.Path("objects", $"{name}.yaml")).Value, Targets.Reference);
        Assert.That(Text(PlanOf(card)), Is.EqualTo(wanted));
    }

    /// <summary>What a signed comparison with a register says of it is not followed: four times a queue's number might be anything up to 16 GiB.</summary>
    [Test]
    public void A_place_that_may_be_beyond_any_frame_may_be_anywhere()
    {
        var program = ProgramText.Program("far", """
            r5 = *(u32 *)(r1 + 16)
            r2 = *(u32 *)(r1 + 0)
            r3 = *(u32 *)(r1 + 4)
            r0 = 1
            if r5 s> 0xff goto out
            if r5 s< 0 goto out
            r5 <<= 2
            r2 += r5
            r4 = r2
            r4 += 64
            if r4 > r3 goto out
            *(u32 *)(r2 + 60) = r5
            out:
            exit
            """);
        var rig = new KernelRig(Way.Interpreted, [program], []);
        Assert.That(Text(PlanOf(rig.Kernel.Chain, rig.Table)), Is.EqualTo("rows.., come back"));
    }

    static FramePlan PlanOf(ChainSpec spec)
    {
        using var card = new TestCard(spec, Targets.Reference);
        return PlanOf(card);
    }

    static FramePlan PlanOf(TestCard card) => PlanOf(card.Card.Kernel()!.Chain, card.Card.Maps);

    static FramePlan PlanOf(Chain chain, MapTable maps) =>
        DeviceCode.SourceOf(chain, new ChainDescription(chain), maps, new(DeviceShape.Branches, FrameLayout.Copied, chain.TakesFragments)).Frames!;

    static string Text(FramePlan plan)
    {
        string Range(IEnumerable<int> words) => words.ToList() is { Count: > 0 } all ? $"{plan.First + 4 * all.Min()}..{plan.First + 4 * all.Max() + 4}" : "";
        var words = plan.Columns.Where(c => c.What == FrameColumn.Word).Select(c => c.Word).ToList();
        var parts = new List<string>();
        if (plan.HasRows) parts.Add($"rows {plan.RowsFrom}..{plan.RowsTo}".Replace("rows ..", "rows..", StringComparison.Ordinal));
        if (plan.RowsComeBack) parts.Add("come back");
        if (words.Count > 0) parts.Add($"{(plan.HasRows ? "and " : "")}words {Range(words)}");
        if (words.Exists(plan.IsWritten)) parts.Add($"written {Range(words.Where(plan.IsWritten))}");
        if (plan.MovesMetadata) parts.Add("moves metadata");
        return string.Join(", ", parts);
    }
}
