using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Spec;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>Frames through a table: which programs run, and what comes of it.</summary>
public sealed class ChainExecutionTests
{
    const string ReadPreviousVerdict = """
        r2 = *(u32 *)(r1 + 8)
        r3 = *(u32 *)(r1 + 0)
        r4 = r2
        r4 += 4
        if r4 > r3 goto none
        r5 = *(u32 *)(r2 + 0)
        r6 = *(u32 *)(r1 + 4)
        r7 = r3
        r7 += 4
        if r7 > r6 goto none
        *(u32 *)(r3 + 0) = r5
        r0 = 2
        exit
        none:
        r0 = 0
        exit
        """;

    static string AdjustMeta(int delta) => $"r2 = {delta}\ncall 54\nr0 = 2\nexit";

    static string Redirect(int ifindex, XdpAction code) => $"r1 = {ifindex}\nr2 = 0\ncall 23\nr0 = {(int)code}\nexit";

    static readonly XdpAction[] Actions = Enum.GetValues<XdpAction>();

    [Test]
    public void A_code_takes_its_own_slot_or_the_wildcard_but_aborted_only_its_own(
        [ValueSource(nameof(Actions))] XdpAction code, [Values] bool ownSlot, [Values] bool otherSlots, [Values] bool wildcard)
    {
        var rig = new Rig();
        var (first, own, other, fallback) = (rig.Returns(code), rig.Returns(1, "own"), rig.Returns(2, "other"), rig.Returns(3, "wildcard"));
        var entry = new ChainEntry(wildcard ? fallback.Id : 0);
        foreach (var action in Actions)
        {
            if (action == code ? ownSlot : otherSlots) entry = entry.With(action, action == code ? own.Id : other.Id);
        }
        var table = rig.Table();
        if (!entry.IsEmpty) Rig.Set(table, first, entry);
        rig.Attach(first, table);

        var expected = ownSlot ? XdpAction.Drop : wildcard && code != XdpAction.Aborted ? XdpAction.Tx : code;
        Assert.That(rig.Run().Action, Is.EqualTo(expected));
    }

    static IEnumerable<TestCaseData> WaysToAbort()
    {
        yield return new TestCaseData((Rig r) => r.Returns(XdpAction.Aborted), AbortReason.Returned).SetArgDisplayNames("aborted");
        yield return new TestCaseData((Rig r) => r.Faults(), AbortReason.PacketBounds).SetArgDisplayNames("a fault");
        foreach (int code in new[] { 5, 31, 32, -1 })
            yield return new TestCaseData((Rig r) => r.Returns(code), AbortReason.UnknownCode).SetArgDisplayNames($"code {(uint)code}");
    }

    [TestCaseSource(nameof(WaysToAbort))]
    public void Aborted_is_the_verdict_with_its_reason_counted_in_spite_of_a_wildcard(Func<Rig, LoadedProgram> program, AbortReason reason)
    {
        var rig = new Rig(verifies: false);
        var (first, next) = (program(rig), rig.Returns(XdpAction.Pass));
        var table = rig.Table();
        Rig.Set(table, first, new(next.Id, Drop: next.Id, Pass: next.Id, Tx: next.Id, Redirect: next.Id));
        rig.Attach(first, table);

        Assert.That(rig.Run(), Is.EqualTo(new Verdict(XdpAction.Aborted, reason)));
        Assert.That((rig.Queue.AbortsBy(reason), rig.Queue.Verdicts(XdpAction.Aborted)), Is.EqualTo((1, 1)));
        Assert.That((rig.Card.Totals().Returns(first.Id, XdpAction.Aborted), rig.Card.Totals().Runs(next.Id)), Is.EqualTo((1, 0)));
    }

    [TestCaseSource(nameof(WaysToAbort))]
    public void An_aborted_edge_is_taken_whatever_aborted(Func<Rig, LoadedProgram> program, AbortReason reason)
    {
        var rig = new Rig(verifies: false);
        var (first, next) = (program(rig), rig.Returns(XdpAction.Tx));
        var table = rig.Table();
        Rig.Set(table, first, new(0, Aborted: next.Id));
        rig.Attach(first, table);

        Assert.That(rig.Run(), Is.EqualTo(new Verdict(XdpAction.Tx)), $"after {Aborts.NameOf(reason)}");
        Assert.That(rig.Card.Totals().Edges[new(first.Id, XdpAction.Aborted, next.Id)], Is.EqualTo(1));
        Assert.That(rig.Card.Totals().Returns(first.Id, XdpAction.Aborted), Is.EqualTo(1));
        Assert.That(rig.Card.Totals().UnknownCodes(first.Id), Is.EqualTo(reason == AbortReason.UnknownCode ? 1 : 0), "counted although the chain went on");
    }

    [Test]
    public void The_verdict_is_the_last_programs_code_whatever_came_before([ValueSource(nameof(Actions))] XdpAction last)
    {
        var rig = new Rig();
        LoadedProgram[] programs = [.. new[] { XdpAction.Drop, XdpAction.Redirect, XdpAction.Aborted, XdpAction.Tx }.Select(a => rig.Returns(a)), rig.Returns(last)];
        var table = rig.Table();
        for (int n = 0; n < 4; n++) Rig.Set(table, programs[n], new(programs[n + 1].Id, Aborted: programs[n + 1].Id));
        rig.Attach(programs[0], table);
        Assert.That(rig.Run().Action, Is.EqualTo(last));
        Assert.That(programs.Select(p => rig.Card.Totals().Runs(p.Id)), Is.All.EqualTo(1));
    }

    [TestCase(32, XdpAction.Pass, AbortReason.None), TestCase(33, XdpAction.Aborted, AbortReason.ChainTooLong)]
    public void Thirty_two_programs_run_and_needing_one_more_aborts(int length, XdpAction verdict, AbortReason reason)
    {
        var rig = new Rig();
        var (programs, table) = rig.Line(length);
        rig.Attach(programs[0], table);
        Assert.That(rig.Run(), Is.EqualTo(new Verdict(verdict, reason)));
        Assert.That(programs.Select(p => rig.Card.Totals().Runs(p.Id)), Is.EqualTo(Enumerable.Range(0, length).Select(n => n < 32 ? 1L : 0)));
        Assert.That(rig.Queue.AbortsBy(AbortReason.ChainTooLong), Is.EqualTo(length > 32 ? 1 : 0));
        Assert.That(rig.Card.Totals().Edges.Values.Sum(), Is.EqualTo(31), "an edge counts when the program behind it runs");
        Assert.That(rig.Card.Capabilities.ChainRuns, Is.EqualTo(32));
    }

    [Test]
    public void A_long_chain_that_ends_early_is_not_too_long()
    {
        var rig = new Rig();
        var (programs, table) = rig.Line(33);
        Rig.Set(table, programs[31], new(0, Drop: programs[32].Id));
        rig.Attach(programs[0], table);
        Assert.That(rig.Run(), Is.EqualTo(new Verdict(XdpAction.Pass)));
    }

    [Test]
    public void A_redirect_target_survives_hops_and_the_last_call_wins()
    {
        var rig = new Rig();
        var (seven, nine, verdict) = (rig.Load("seven", Redirect(7, XdpAction.Pass)), rig.Load("nine", Redirect(9, XdpAction.Pass)), rig.Returns(XdpAction.Redirect));
        var table = rig.Table();
        Rig.Set(table, seven, new(verdict.Id));
        rig.Attach(seven, table);
        Assert.That(rig.Outcomes(Rig.Frame).Select(o => (o.Verdict.Action, o.Redirect.Number)), Is.EqualTo(new[] { (XdpAction.Redirect, 7u) }));

        Rig.Set(table, seven, new(nine.Id));
        Rig.Set(table, nine, new(verdict.Id));
        Assert.That(rig.Outcomes(Rig.Frame)[0].Redirect, Is.EqualTo(RedirectTarget.Interface(9)));
    }

    [Test]
    public void A_redirect_target_does_not_decide_the_verdict([Values] bool dropped)
    {
        var rig = new Rig();
        var (redirect, end) = (rig.Load("redirect", Redirect(7, XdpAction.Redirect)), rig.Returns(XdpAction.Drop));
        var table = rig.Table();
        if (dropped) Rig.Set(table, redirect, new(end.Id));
        rig.Attach(redirect, table);
        Assert.That(rig.Run().Action, Is.EqualTo(dropped ? XdpAction.Drop : XdpAction.Redirect));
    }

    [Test]
    public void A_redirect_target_is_forgotten_when_the_next_frame_enters([Values(1, 64)] int batch)
    {
        var rig = new Rig(batch: batch);
        rig.Attach(rig.Load("redirects_if_zero", $"""
            r6 = *(u32 *)(r1 + 0)
            r7 = *(u32 *)(r1 + 4)
            r8 = r6
            r8 += 1
            r0 = 0
            if r8 > r7 goto out
            r0 = *(u8 *)(r6 + 0)
            if r0 != 0 goto out
            {Redirect(7, XdpAction.Redirect)}
            out:
            exit
            """));
        byte[] other = [4, .. new byte[63]];
        Assert.That(rig.Outcomes(Rig.Frame, other, Rig.Frame, other).Select(o => (o.Verdict.Action, o.Redirect.Number)),
            Is.EqualTo(new[] { (XdpAction.Redirect, 7u), (XdpAction.Redirect, 0u), (XdpAction.Redirect, 7u), (XdpAction.Redirect, 0u) }));
    }

    [Test]
    public void The_previous_verdict_can_be_read_and_is_taken_away_again([ValueSource(nameof(Actions))] XdpAction previous)
    {
        var rig = new Rig();
        var (first, reader) = (rig.Returns(previous), rig.Load("reader", ReadPreviousVerdict));
        var outcome = Outcome(rig, previousVerdict: true, first, reader);
        Assert.That(outcome.Verdict.Action, Is.EqualTo(XdpAction.Pass));
        Assert.That((outcome.Bytes[0], outcome.Metadata.Length), Is.EqualTo(((byte)previous, 0)));
    }

    [Test]
    public void A_code_that_is_none_is_read_as_aborted()
    {
        var rig = new Rig();
        byte[] bytes = Outcome(rig, previousVerdict: true, rig.Returns(77), rig.Load("reader", ReadPreviousVerdict)).Bytes;
        Assert.That(bytes, Is.EqualTo(Rig.Frame));
    }

    [Test]
    public void Without_the_option_there_is_no_previous_verdict()
    {
        var rig = new Rig();
        Assert.That(Outcome(rig, previousVerdict: false, rig.Returns(2), rig.Load("reader", ReadPreviousVerdict)).Verdict.Action, Is.EqualTo(XdpAction.Aborted));
    }

    [Test]
    public void The_first_program_has_no_previous_verdict()
    {
        var rig = new Rig();
        var reader = rig.Load("reader", ReadPreviousVerdict);
        Assert.That(Outcome(rig, previousVerdict: true, reader, rig.Returns(3)).Bytes, Is.EqualTo(Rig.Frame));
        Assert.That(rig.Card.Totals().Returns(reader.Id, XdpAction.Aborted), Is.EqualTo(1));
    }

    [TestCase(212, true), TestCase(216, false)]
    public void Without_room_for_the_previous_verdict_the_frame_is_aborted(int metadata, bool fits)
    {
        var rig = new Rig();
        var (greedy, next) = (rig.Load("greedy", AdjustMeta(-metadata)), rig.Returns(3));
        var outcome = Outcome(rig, previousVerdict: true, greedy, next);
        Assert.That(outcome.Verdict, Is.EqualTo(fits ? new Verdict(XdpAction.Tx) : new(XdpAction.Aborted, AbortReason.NoRoomForPreviousVerdict)));
        Assert.That(outcome.Metadata, Has.Length.EqualTo(metadata));
        Assert.That(rig.Card.Totals().Runs(next.Id), Is.EqualTo(fits ? 1 : 0));
    }

    [TestCase(-8, 12, TestName = "Metadata that a program grew stays, word included")]
    [TestCase(4, 0, TestName = "A word that a program took away is not taken away twice")]
    [TestCase(0, 0, TestName = "A program that left the metadata alone leaves none")]
    public void Metadata_changed_by_the_program(int delta, int left)
    {
        var rig = new Rig();
        var outcome = Outcome(rig, previousVerdict: true, rig.Returns(3), rig.Load("changes", AdjustMeta(delta)));
        Assert.That((outcome.Verdict.Action, outcome.Metadata.Length), Is.EqualTo((XdpAction.Pass, left)));
    }

    [Test]
    public void The_word_stands_before_metadata_of_an_earlier_program_and_moves_with_the_head()
    {
        var rig = new Rig();
        var writer = rig.Load("writer", """
            r6 = r1
            r2 = -4
            call 54
            r1 = *(u32 *)(r6 + 8)
            r2 = *(u32 *)(r6 + 0)
            r3 = r1
            r3 += 4
            if r3 > r2 goto out
            *(u32 *)(r1 + 0) = 0x04030201
            out:
            r0 = 3
            exit
            """);
        var pusher = rig.Load("pusher", "r2 = -6\ncall 44\nr0 = 2\nexit");
        var outcome = Outcome(rig, previousVerdict: true, writer, pusher, rig.Load("reader", ReadPreviousVerdict));
        Assert.That(outcome.Verdict.Action, Is.EqualTo(XdpAction.Pass));
        Assert.That(outcome.Metadata, Is.EqualTo(new byte[] { 1, 2, 3, 4 }));
        Assert.That((outcome.Bytes.Length, outcome.Bytes[0]), Is.EqualTo((70, (byte)XdpAction.Pass)));
    }

    static Support.TestCard.Outcome Outcome(Rig rig, bool previousVerdict, params LoadedProgram[] programs)
    {
        var table = rig.Table(previousVerdict: previousVerdict);
        for (int n = 0; n + 1 < programs.Length; n++) Rig.Set(table, programs[n], new(programs[n + 1].Id, Aborted: programs[n + 1].Id));
        rig.Attach(programs[0], table);
        return rig.Outcomes(Rig.Frame).Single();
    }

    /// <summary>Slots of up to six programs; an edge leads to a program with a larger index, so there are no cycles. 0 is no edge.</summary>
    static readonly Gen<(int[][] Edges, byte[][] Frames)> Chains =
        from count in Gen.Int[1, 6]
        from edges in Gen.Int[0, 8].Select(n => n > 5 ? 0 : n).Array[ChainStage.Slots].Array[count]
        from frames in Gen.OneOf(Gen.Byte[0, 6], Gen.Byte).Array[20].Array[1, 40]
        select (edges.Select((slots, n) => slots.Select(step => step > 0 && n + step < count ? n + step : 0).ToArray()).ToArray(), frames);

    [Test]
    public void The_card_agrees_with_a_model_of_ten_lines() => Chains.Sample(chain =>
    {
        var (edges, frames) = chain;
        var rig = new Rig(batch: 7);
        var programs = edges.Select((_, n) => rig.ReturnsByte(n)).ToArray();
        var table = rig.Table();
        for (int n = 0; n < edges.Length; n++)
        {
            var entry = default(ChainEntry);
            for (int slot = 0; slot < ChainStage.Slots; slot++)
            {
                if (edges[n][slot] is not 0 and var next)
                    entry = entry.With(slot == ChainStage.WildcardSlot ? null : (XdpAction)slot, programs[next].Id);
            }
            if (!entry.IsEmpty) Rig.Set(table, programs[n], entry);
        }
        rig.Attach(programs[0], table);
        byte[] tooShort = new byte[10], tooLong = new byte[4000];
        var outcomes = rig.Outcomes([.. frames, tooShort, .. frames, tooLong]);

        var verdicts = new List<XdpAction>();
        var runs = new long[edges.Length];
        var taken = new Dictionary<Edge, long>();
        foreach (byte[] frame in frames.Concat(frames))
        {
            for (int at = 0, next; ; at = next)
            {
                runs[at]++;
                int code = frame[at] > 4 ? 0 : frame[at];
                int slot = edges[at][code] != 0 || code == 0 ? code : ChainStage.WildcardSlot;
                next = edges[at][slot];
                if (next == 0) { verdicts.Add((XdpAction)code); break; }
                var edge = new Edge(programs[at].Id, slot == ChainStage.WildcardSlot ? null : (XdpAction)slot, programs[next].Id);
                taken[edge] = taken.GetValueOrDefault(edge) + 1;
            }
        }

        var totals = rig.Card.Totals();
        Assert.That(outcomes.Select(o => o.Verdict.Action), Is.EqualTo(verdicts));
        Assert.That(programs.Select(p => totals.Runs(p.Id)), Is.EqualTo(runs));
        Assert.That(totals.Edges.Where(e => e.Value > 0), Is.EquivalentTo(taken));
        Assert.That(rig.Port.RxFrames, Is.EqualTo(Actions.Sum(rig.Queue.Verdicts) + MissReasons.All.Sum(rig.Port.Missed)), "conservation");
        Assert.That(Enum.GetValues<AbortReason>().Where(r => r != 0).Sum(rig.Queue.AbortsBy), Is.EqualTo(rig.Queue.Verdicts(XdpAction.Aborted)));
        foreach (var program in programs)
            Assert.That(Actions.Sum(a => totals.Returns(program.Id, a)), Is.EqualTo(totals.Runs(program.Id)));
    }, iter: 300);
}
