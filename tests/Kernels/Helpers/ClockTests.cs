using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>bpf_ktime_get_ns and the other clocks: the capture's time, or the host's; never backwards in either.</summary>
public sealed class ClockTests
{
    static IEnumerable<IKernelTarget> Backends => Targets.All;

    static readonly ProgramSpec TellTime = Tell(helper: 5);

    static ProgramSpec Tell(int helper) => ProgramText.Program("time", $"""
        r6 = *(u32 *)(r1 + 4)
        r7 = *(u32 *)(r1 + 0)
        r8 = r7
        r8 += 8
        if r8 > r6 goto out
        call {helper}
        *(u64 *)(r7 + 0) = r0
        out:
        r0 = 2
        exit
        """);

    [TestCaseSource(nameof(Backends))]
    public void Capture_time_stands_still_where_the_capture_runs_backwards(IKernelTarget target) =>
        Assert.That(Times(target, CardClock.Capture, [5, 3, 7, 7, 0, 9]), Is.EqualTo(new ulong[] { 5, 5, 7, 7, 7, 9 }));

    [TestCaseSource(nameof(Backends))]
    public void Wall_time_moves_on_whatever_the_capture_says(IKernelTarget target)
    {
        var times = Times(target, CardClock.Wall, [5, 3, 7, 7, 0, 9]);
        Assert.That(times, Is.Ordered.Ascending);
        ulong now = (ulong)Environment.TickCount64 * 1_000_000;
        Assert.That(times[0], Is.EqualTo(now).Within(60_000_000_000UL), "nanoseconds since the host started");
    }

    [Test]
    public void Every_clock_follows_the_capture(
        [ValueSource(nameof(Backends))] IKernelTarget target, [Values(125, 208, 160, 118)] int helper)
    {
        const ulong tickNs = 4_000_000, start = 1_700_000_000_123_456_789;
        ulong[] stamps = [start, start + 1, start + tickNs, start + 10 * tickNs];
        var expected = stamps.Select(s => helper == 118 ? s / tickNs : helper == 160 ? s / tickNs * tickNs : s);
        Assert.That(Times(target, CardClock.Capture, stamps, Tell(helper)), Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(Backends))]
    public void Wall_time_is_also_told_since_the_epoch(IKernelTarget target)
    {
        ulong now = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
        Assert.That(Times(target, CardClock.Wall, [5], Tell(208))[0], Is.EqualTo(now).Within(60_000_000_000UL));
    }

    static ulong[] Times(IKernelTarget target, CardClock clock, ulong[] stamps, ProgramSpec? program = null)
    {
        program ??= TellTime;
        using var card = new TestCard(ChainSpec.Single(TestCard.ObjectOf([program]), program), target, new CardOptions { Target = target, Clock = clock });
        var sink = new Reader();
        new Port(card.Card, 1, new StampedWire(stamps), new PortConfig { Batch = 4 }).Poll(int.MaxValue, sink);
        return [.. sink.Times];
    }

    sealed class StampedWire(ulong[] stamps) : GivingWire
    {
        readonly byte[] _frame = new byte[64];
        int _next;

        public override bool TryReceive(out WireFrame frame)
        {
            frame = _next < stamps.Length ? new WireFrame(_frame, stamps[_next], (uint)_frame.Length) : default;
            return _next++ < stamps.Length;
        }
    }

    sealed class Reader : IFrameSink
    {
        public List<ulong> Times { get; } = [];

        public void Finished(PacketBatch batch)
        {
            for (int n = 0; n < batch.Count; n++) Times.Add(BitConverter.ToUInt64(batch.Bytes(n)));
        }

        public void Missed(in WireFrame frame, long index, MissReason reason) => throw new InvalidOperationException(MissReasons.NameOf(reason));
    }
}
