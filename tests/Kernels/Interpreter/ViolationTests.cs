using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Kernels.Network;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Interpreter;

/// <summary>
/// Whatever a program does wrong is a verdict with a reason: no exception, and not a byte changed in its own buffer, in its neighbours',
/// or in a map.
/// </summary>
public sealed class ViolationTests
{
    static readonly Verdict Pass = new(XdpAction.Pass);

    static IEnumerable<TestCaseData> Cases =>
        from target in Targets.All
        from one in ViolationCase.All
        where !target.NeedsProof || one.IsProven
        select new TestCaseData(target, one).SetArgDisplayNames(target.Name, one.Name);

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    static IEnumerable<IKernelTarget> Checking => Targets.Checking;

    [TestCaseSource(nameof(Cases))]
    public void A_violation_is_a_verdict(IKernelTarget target, ViolationCase one)
    {
        var rig = new KernelRig(target, [one.Program], ViolationCase.Maps, cpus: 2);
        for (int key = 0; key < 4; key++) rig.Map("hash").UpdateAll(Key(key), new byte[12], UpdateFlags.Any);
        ((ProgramArrayMap)rig.Map("programs")).Set(Key(0), rig.Programs[0]);
        rig.Network.Set(ViolationCase.Sockets, SynCookieUse.Always);
        Check(rig, one.Verdict);
    }

    /// <summary>Loads, stores and atomics of every size, one byte past either edge of what is live, and just inside it.</summary>
    [Test]
    public void An_access_past_an_edge_aborts(
        [ValueSource(nameof(Checking))] IKernelTarget target, [Values(1, 2, 4, 8)] int size, [Values] bool atEnd, [Values] bool inside)
    {
        int past = inside ? 0 : 1;
        string place = atEnd ? $"r3 - {size - past}" : $"r2 - {KernelRig.Metadata + past}";
        string type = $"{8 * size}";
        var verdict = inside ? Pass : new(XdpAction.Aborted, AbortReason.PacketBounds);
        List<string> accesses = [$"r4 = *(u{type} *)({place})"];
        if (size < 8) accesses.Add($"r4 = *(s{type} *)({place})");
        if (!inside)
        {
            accesses.Add($"*(u{type} *)({place}) = r2");
            accesses.Add($"*(u{type} *)({place}) = 1");
            if (size == 4) accesses.Add($"lock *(u32 *)({place}) += w2");
            if (size == 8) accesses.Add($"r2 = atomic_fetch_add((u64 *)({place}), r2)");
        }
        Assert.Multiple(() =>
        {
            foreach (string access in accesses) Check(new(target, [Program($"{access}\nr0 = 2\nexit")]), verdict);
        });
    }

    [TestCaseSource(nameof(Checking))]
    public void A_pointer_whose_region_arithmetic_has_changed_reaches_nothing_outside(IKernelTarget target)
    {
        // Every way to come to a pointer, and every single bit of it turned over, carried or borrowed.
        string[] pointers =
        [
            "r4 = r10\nr4 += -8", "r4 = r2", "r4 = r1", "r4 = value(array)", "r4 = map(array)", "r4 = value(read_only)",
        ];
        foreach (string pointer in pointers)
        {
            for (int bit = 12; bit < 64; bit++)
            {
                foreach (string change in new[] { "+=", "-=", "^=" })
                {
                    var program = Program($"{pointer}\nr5 = 0x{1UL << bit:x} ll\nr4 {change} r5\nr5 = *(u64 *)(r4 + 0)\nr0 = 2\nexit");
                    var rig = new KernelRig(target, [program], ViolationCase.Maps);
                    var batch = KernelRig.Batch();
                    var before = KernelRig.Snapshot(batch);
                    rig.Kernel.Run(batch);
                    Assert.That(KernelRig.Snapshot(batch), Is.EqualTo(before), program.Name);
                }
            }
            foreach (string change in new[] { "r4 *= r4", "r4 *= 3", "r4 <<= 8", "r4 s>>= 8", "r4 /= 2", "r4 = bswap64 r4", "r4 += r4", "w4 += 0" })
            {
                var rig = new KernelRig(target, [Program($"{pointer}\n{change}\n*(u64 *)(r4 + 0) = r4\nr0 = 2\nexit")], ViolationCase.Maps);
                var batch = KernelRig.Batch();
                var before = KernelRig.Snapshot(batch);
                rig.Kernel.Run(batch);
                Assert.That(batch.Verdicts[1].Action, Is.EqualTo(XdpAction.Aborted), $"{pointer}; {change}");
                Assert.That(KernelRig.Snapshot(batch), Is.EqualTo(before), $"{pointer}; {change}");
            }
        }
    }

    [TestCaseSource(nameof(Checking))]
    public void A_pointer_into_a_deleted_element_shows_it_until_its_place_is_taken(IKernelTarget target)
    {
        var rig = new KernelRig(target, [Program("""
            *(u32 *)(r10 - 4) = 1
            r1 = map(hash)
            r2 = r10
            r2 += -4
            call 1
            if r0 == 0 goto bad
            r6 = r0
            r1 = map(hash)
            r2 = r10
            r2 += -4
            call 3
            r0 = *(u32 *)(r6 + 0)
            r1 = *(u32 *)(r6 + 12)
            bad:
            exit
            """)], ViolationCase.Maps);
        var value = new byte[12];
        value[0] = 3;
        rig.Map("hash").UpdateAll(Key(1), value, UpdateFlags.Any);
        var batch = KernelRig.Batch();
        rig.Kernel.Run(batch);
        Assert.That(batch.Verdicts[1], Is.EqualTo(new Verdict(XdpAction.Aborted, AbortReason.MapValueBounds)));
        Assert.That(rig.Map("hash").Entries(), Is.Empty);
    }

    [TestCaseSource(nameof(Backends))]
    public void The_33rd_run_of_a_chain_aborts(IKernelTarget target)
    {
        var rig = new KernelRig(target, [ProgramText.Program("again", "r0 = 2\nexit")],
            link: programs => new() { Stages = [Stage(programs[0], XdpAction.Pass, 0)] });
        Check(rig, new(XdpAction.Aborted, AbortReason.ChainTooLong), neighbours: new(XdpAction.Aborted, AbortReason.ChainTooLong));
        Assert.That(rig.Kernel.Counters.Runs(0), Is.EqualTo(3 * Chain.MaxRuns));
    }

    [TestCaseSource(nameof(Backends))]
    public void A_previous_verdict_without_room_aborts(IKernelTarget target)
    {
        var rig = new KernelRig(target, [Program($"r2 = {-(Frame.Headroom - Frame.RecordBytes - KernelRig.Metadata)}\ncall 54\nr0 = 2\nexit"), ProgramText.Program("next", "r0 = 2\nexit")],
            link: programs => new()
            {
                Stages = [Stage(programs[0], XdpAction.Pass, 1), new() { Program = programs[1] }],
                PreviousVerdict = true,
            });
        var batch = KernelRig.Batch();
        rig.Kernel.Run(batch);
        Assert.That(batch.Verdicts.ToArray(), Is.EqualTo(new[] { Pass, new(XdpAction.Aborted, AbortReason.NoRoomForPreviousVerdict), Pass }));
    }

    [TestCaseSource(nameof(Checking))]
    public void A_violation_follows_the_edge_of_aborted_and_no_other(IKernelTarget target)
    {
        ProgramSpec[] programs = [Program("r1 = *(u8 *)(r3 + 0)\nexit"), ProgramText.Program("next", "r0 = 3\nexit")];
        foreach (var (on, action) in new[] { (XdpAction.Aborted, XdpAction.Tx), (XdpAction.Drop, XdpAction.Aborted) })
        {
            var rig = new KernelRig(target, programs,
                link: loaded => new() { Stages = [Stage(loaded[0], on, 1), new() { Program = loaded[1] }] });
            var batch = KernelRig.Batch();
            rig.Kernel.Run(batch);
            Assert.That(batch.Verdicts[1].Action, Is.EqualTo(action));
        }
    }

    /// <summary>Through a card: the queue counts every reason that a single program can provoke.</summary>
    [TestCaseSource(nameof(Checking))]
    public void Every_reason_is_provoked_and_counted(IKernelTarget target)
    {
        AbortReason[] notOfPrograms = [AbortReason.ChainTooLong, AbortReason.NoRoomForPreviousVerdict, AbortReason.NoFragsSupport, AbortReason.DeviceFailed, AbortReason.DeviceTimeout];
        Assert.Multiple(() =>
        {
            foreach (var reason in Enum.GetValues<AbortReason>().Except(notOfPrograms))
            {
                var one = ViolationCase.All.FirstOrDefault(c => c.Verdict.Reason == reason);
                Assert.That(one, Is.Not.Null, $"no case for {Aborts.NameOf(reason)}");
                using var card = TestCard.Of(one!.Program, ViolationCase.Maps, target, verifies: false);
                card.Card.Network.Set(ViolationCase.Sockets, SynCookieUse.Always);
                var port = new Port(card.Card, KernelRig.Ifindex, new ListWire([new byte[64]]));
                port.Poll(1, new Deaf());
                var queue = port.Queues[0];
                Assert.That(queue.AbortsBy(reason), Is.EqualTo(1), one.Name);
                Assert.That(queue.Verdicts(one.Verdict.Action), Is.EqualTo(1), one.Name);
            }
        });
    }

    sealed class Deaf : IFrameSink
    {
        public void Finished(PacketBatch batch)
        {
        }

        public void Missed(in WireFrame frame, long index, MissReason reason)
        {
        }
    }

    static void Check(KernelRig rig, Verdict verdict, Verdict? neighbours = null)
    {
        var batch = KernelRig.Batch();
        var buffers = KernelRig.Snapshot(batch);
        var maps = rig.Maps.Where(m => m is not RingBufferMap).ToDictionary(m => m, m => m.Storage.ToArray());

        rig.Kernel.Run(batch);

        Verdict others = neighbours ?? Pass;
        Assert.That(batch.Verdicts.ToArray(), Is.EqualTo(new[] { others, verdict, others }));
        Assert.That(KernelRig.Snapshot(batch), Is.EqualTo(buffers), "buffers");
        foreach (var (map, before) in maps) Assert.That(map.Storage, Is.EqualTo(before), map.Spec.Name);
        if (neighbours is null) Assert.That(rig.Kernel.Counters.Returns(0, verdict.Action), Is.EqualTo(verdict == Pass ? 3 : 1));
    }

    static ProgramSpec Program(string text) => ProgramText.Program("violation", KernelRig.Prologue + text);

    static ChainStage Stage(LoadedProgram program, XdpAction on, int next)
    {
        var slots = new int[ChainStage.Slots];
        slots.AsSpan().Fill(Chain.End);
        slots[(int)on] = next;
        return new() { Program = program, Next = slots };
    }

    static byte[] Key(int number)
    {
        var key = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(key, number);
        return key;
    }
}
