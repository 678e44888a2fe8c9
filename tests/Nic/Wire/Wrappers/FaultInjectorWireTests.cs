using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Wrappers;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire.Wrappers;

public sealed class FaultInjectorWireTests
{
    static readonly FaultSpec None = new();

    static readonly Gen<int> Rate = Gen.Int[0, 4].Select(n => new[] { 0, 0, 10_000, 300_000, FaultSpec.Always }[n]);

    static readonly Gen<FaultSpec> Specs =
        from rates in Rate.Array[6]
        from seed in Gen.ULong
        from delay in Gen.Int[1, 5]
        from down in Gen.Int[1, 5]
        select new FaultSpec
        {
            Seed = seed,
            DropPerMillion = rates[0],
            CorruptPerMillion = rates[1],
            DuplicatePerMillion = rates[2],
            DelayPerMillion = rates[3],
            TruncatePerMillion = rates[4],
            LinkDownPerMillion = rates[5],
            DelayFrames = delay,
            LinkDownFrames = down,
        };

    static readonly Gen<byte[][]> Frames = Gen.Byte.Array[0, 40].Array[0, 200];

    [Test]
    public void Received_frames_are_all_accounted_for() => Gen.Select(Specs, Frames).Sample((spec, frames) =>
    {
        using var wire = new FaultInjectorWire(new ListWire(frames), spec, None);
        List<KeptFrame> received = [];
        while (!wire.Ended)
        {
            received.AddRange(wire.ReceiveAll(1));
            Balances(wire.Receiving);
        }
        Assert.That((wire.Receiving.Taken, wire.Receiving.Given, wire.Receiving.Refused), Is.EqualTo((frames.LongLength, received.Count, 0L)));
        MatchesCounts(wire.Receiving, frames, received);
    }, iter: 500);

    [Test]
    public void Sent_frames_are_all_accounted_for() => Gen.Select(Specs, Frames, Gen.Int[1, 4]).Sample((spec, frames, refuseEvery) =>
    {
        var beyond = new PickyWire(refuseEvery);
        var wire = new FaultInjectorWire(beyond, None, spec);
        for (int n = 0; n < frames.Length; n++)
        {
            wire.TrySend(frames[n], 1000UL * (ulong)n, queue: 0);
            Balances(wire.Sending);
        }
        wire.Dispose();
        Balances(wire.Sending);
        Assert.That((wire.Sending.Taken, wire.Sending.Given, wire.Sending.Refused),
            Is.EqualTo((frames.LongLength, (long)beyond.Taken.Count, (long)beyond.Refused.Count)));
        MatchesCounts(wire.Sending, frames, [.. beyond.Taken, .. beyond.Refused]);
    }, iter: 500);

    [Test]
    public void Equal_specs_do_the_same_to_the_same_frames_and_another_seed_does_not()
    {
        byte[][] frames = [.. Enumerable.Range(0, 500).Select(n => Wires.Frame(60, (byte)n))];
        var spec = new FaultSpec { DropPerMillion = 200_000, CorruptPerMillion = 200_000, DelayPerMillion = 100_000, TruncatePerMillion = 100_000 };
        List<KeptFrame> Run(FaultSpec how)
        {
            using var wire = new FaultInjectorWire(new ListWire(frames), how, None);
            return wire.ReceiveAll();
        }
        var once = Run(spec);
        Assert.That(Run(spec with { }), Is.EqualTo(once));
        Assert.That(Run(spec with { Seed = 2 }), Is.Not.EqualTo(once));
    }

    [Test]
    public void A_fault_strikes_about_as_often_as_asked()
    {
        using var wire = new FaultInjectorWire(new GeneratorWire(new TrafficSpec(), Pacing.Timestamps(1_000_000_000), 100_000),
            new FaultSpec { DropPerMillion = 10_000 }, None);
        wire.ReceiveAll();
        Assert.That(wire.Receiving.Count(Fault.Drop), Is.InRange(850, 1150));
    }

    [Test]
    public void A_delayed_frame_comes_after_the_next_ones([Values(1, 3)] int by)
    {
        // The seed is one with which the first frame is delayed and the next ten are not.
        var spec = new FaultSpec { DelayPerMillion = 50_000, DelayFrames = by };
        byte[][] frames = [.. Enumerable.Range(0, 8).Select(n => Wires.Frame(60, (byte)n))];
        for (ulong seed = 0; seed < 10_000; seed++)
        {
            using var wire = new FaultInjectorWire(new ListWire(frames), spec with { Seed = seed }, None);
            var order = wire.ReceiveAll().Select(f => (int)f.Bytes[0]).ToArray();
            if (wire.Receiving.Count(Fault.Delay) != 1 || order[0] == 0) continue;
            if (order[by] != 0) continue; // it was another one
            Assert.That(order, Is.EqualTo((int[])[.. Enumerable.Range(1, by), 0, .. Enumerable.Range(by + 1, 7 - by)]));
            return;
        }
        Assert.Fail("no seed delays the first frame only");
    }

    [Test]
    public void A_link_that_is_down_loses_everything_until_it_is_up()
    {
        var beyond = new LoopbackWire();
        using var wire = new FaultInjectorWire(beyond, None, None) { LinkUp = false };
        beyond.TrySend(Wires.Frame(60), 0, queue: 0);
        Assert.That((wire.TrySend(Wires.Frame(60), 0, queue: 0), wire.TryReceive(out _)), Is.EqualTo((true, false)));
        Assert.That((wire.Sending.Count(Fault.LinkDown), wire.Receiving.Count(Fault.LinkDown)), Is.EqualTo((1, 1)));
        wire.LinkUp = true;
        Assert.That((wire.TrySend(Wires.Frame(60), 0, queue: 0), wire.TryReceive(out _)), Is.EqualTo((true, true)));
        Balances(wire.Sending);
        Balances(wire.Receiving);
    }

    [Test]
    public void Receiving_returns_even_if_everything_is_lost()
    {
        using var wire = new FaultInjectorWire(new GeneratorWire(new TrafficSpec(), Pacing.Timestamps(1_000_000_000)),
            new FaultSpec { DropPerMillion = FaultSpec.Always }, None);
        Assert.That((wire.TryReceive(out _), wire.Ended), Is.EqualTo((false, false)));
    }

    [Test]
    public void Every_fault_has_a_name_of_its_own() =>
        Assert.That(Enum.GetValues<Fault>().Select(FaultLine.NameOf).Distinct().Count(), Is.EqualTo(Enum.GetValues<Fault>().Length));

    static void Balances(FaultLine line) => Assert.That(
        line.Taken + line.Count(Fault.Duplicate),
        Is.EqualTo(line.Given + line.Refused + line.Count(Fault.Drop) + line.Count(Fault.LinkDown) + line.Held));

    /// <summary>Frames are known by their timestamps, a microsecond apart.</summary>
    static void MatchesCounts(FaultLine line, byte[][] frames, List<KeptFrame> came)
    {
        var byFrame = came.GroupBy(f => (int)(f.TimestampNs / 1000)).ToDictionary(g => g.Key, g => g.ToList());
        Assert.That(line.Held, Is.Zero);
        Assert.That(frames.Length - byFrame.Count, Is.EqualTo(line.Count(Fault.Drop) + line.Count(Fault.LinkDown)), "lost");
        Assert.That(byFrame.Values.Count(copies => copies.Count == 2), Is.EqualTo(line.Count(Fault.Duplicate)), "twice");
        Assert.That(byFrame.Values, Has.All.Count.LessThanOrEqualTo(2));
        Assert.That(byFrame.Values, Has.All.Matches<List<KeptFrame>>(copies => copies![0] == copies[^1]), "copies are equal");
        Assert.That(byFrame.Count(f => f.Value[0].Bytes.Length < frames[f.Key].Length), Is.EqualTo(line.Count(Fault.Truncate)), "shorter");
        Assert.That(byFrame.Count(f => Differences(f.Value[0].Bytes, frames[f.Key]) == 1), Is.EqualTo(line.Count(Fault.Corrupt)), "changed");
        Assert.That(byFrame.Count(f => Differences(f.Value[0].Bytes, frames[f.Key]) > 1), Is.Zero);
    }

    static int Differences(byte[] came, byte[] original) => came.Zip(original).Count(pair => pair.First != pair.Second);

    /// <summary>Keeps what is sent, and refuses some.</summary>
    sealed class PickyWire(int refuseEvery) : IWire
    {
        public List<KeptFrame> Taken { get; } = [];

        public List<KeptFrame> Refused { get; } = [];

        public bool Ended => true;

        public bool TryReceive(out WireFrame frame)
        {
            frame = default;
            return false;
        }

        public void Wait(TimeSpan atMost)
        {
        }

        public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue)
        {
            bool takes = (Taken.Count + Refused.Count) % refuseEvery != refuseEvery - 1;
            (takes ? Taken : Refused).Add(new KeptFrame(frame.ToArray(), timestampNs, (uint)frame.Length));
            return takes;
        }

        public void Dispose()
        {
        }
    }
}
