using Chainring.Nic.Wire;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire;

public sealed class GeneratorWireTests
{
    const ulong Gigabit = 1_000_000_000;

    [Test]
    public void It_gives_the_generators_frames_and_then_ends()
    {
        var spec = new TrafficSpec { Flows = 20, Sizes = SizeMix.Imix };
        using var wire = new GeneratorWire(spec, Pacing.Timestamps(Gigabit), frames: 50);
        var frames = wire.ReceiveAll();
        Assert.That((frames.Count, wire.Ended), Is.EqualTo((50, true)));

        var generator = new FrameGenerator(spec);
        byte[] buffer = new byte[generator.LongestFrame];
        Assert.That(frames.Select(f => f.Bytes), Is.EqualTo(Enumerable.Range(0, 50).Select(_ => buffer[..generator.Next(buffer)])));
        Assert.That(frames, Has.All.Matches<KeptFrame>(f => f!.OriginalLength == f.Bytes.Length));
    }

    /// <summary>The well-known rates: 1,488,095 frames of 60 (64 with check sequence) bytes a second at 1 Gbit/s, 812,743 of 1,514 at 10 Gbit/s.</summary>
    [TestCase(60, 1UL, 1_488_095UL), TestCase(60, 10UL, 14_880_952UL), TestCase(1514, 10UL, 812_743UL), TestCase(42, 1UL, 1_488_095UL)]
    public void Timestamps_have_the_line_rate(int length, ulong gigabits, ulong framesPerSecond)
    {
        const ulong Start = 1_700_000_000_000_000_000;
        using var wire = new GeneratorWire(
            new TrafficSpec { Sizes = SizeMix.Fixed(length) }, Pacing.Timestamps(gigabits * Gigabit, Start), (long)framesPerSecond + 2);
        ulong first = 0, last = 0;
        for (ulong n = 0; n < framesPerSecond + 2; n++)
        {
            Assert.That(wire.TryReceive(out var frame), Is.True);
            if (n == 0) first = frame.TimestampNs;
            // The last frame that begins within the second, and the first one that does not.
            if (n == framesPerSecond) Assert.That(frame.TimestampNs - Start, Is.LessThanOrEqualTo(Gigabit));
            last = frame.TimestampNs;
        }
        Assert.That((first, last - Start >= Gigabit), Is.EqualTo((Start, true)));
    }

    [Test]
    public void No_fraction_of_a_nanosecond_is_lost()
    {
        // 84 bytes at 7 bit/s take 96 seconds; at 700 Mbit/s, 960 ns; at 9 Mbit/s, 74,666.67 ns.
        using var wire = new GeneratorWire(new TrafficSpec { Sizes = SizeMix.Fixed(60) }, Pacing.Timestamps(9_000_000), 4);
        Assert.That(wire.ReceiveAll().Select(f => f.TimestampNs), Is.EqualTo(new ulong[] { 0, 74_666, 149_333, 224_000 }));
    }

    [Test]
    public void In_real_time_a_frame_is_there_when_its_time_has_come()
    {
        var clock = new HandClock();
        // 84 bytes at 672 kbit/s: one frame a millisecond.
        using var wire = new GeneratorWire(new TrafficSpec { Sizes = SizeMix.Fixed(60) }, Pacing.RealTime(672_000, clock));
        Assert.That(wire.ReceiveAll(10), Has.Count.EqualTo(1));
        clock.Now += TimeSpan.FromMicroseconds(999);
        Assert.That(wire.TryReceive(out _), Is.False);
        clock.Now += TimeSpan.FromMicroseconds(1);
        Assert.That(wire.ReceiveAll(10), Has.Count.EqualTo(1));
        clock.Now += TimeSpan.FromMilliseconds(3);
        ulong start = (ulong)(HandClock.Start - DateTimeOffset.UnixEpoch).Ticks * 100;
        Assert.That(wire.ReceiveAll(10).Select(f => f.TimestampNs - start), Is.EqualTo(new ulong[] { 2_000_000, 3_000_000, 4_000_000 }));
    }

    [Test]
    public void Waiting_ends_when_the_next_frame_is_near()
    {
        using var wire = new GeneratorWire(new TrafficSpec { Sizes = SizeMix.Fixed(60) }, Pacing.RealTime(67_200), 3);
        int received = 0;
        for (int turn = 0; !wire.Ended && turn < 1_000_000; turn++)
        {
            if (wire.TryReceive(out _)) received++;
            else wire.Wait(TimeSpan.FromSeconds(1));
        }
        Assert.That(received, Is.EqualTo(3));
    }

    sealed class HandClock : TimeProvider
    {
        public static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override DateTimeOffset GetUtcNow() => Start + Now;
    }
}
