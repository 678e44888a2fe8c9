using Chainring.Kernels;
using Chainring.Kernels.Helpers;
using Chainring.Nic;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>Frames with fragments: where each helper crosses the ends of the linear part and of the first fragment, and what it leaves alone.</summary>
/// <remarks><code>
/// 256                    3776                 7872
/// │ linear part: 3520    │ fragment: 4096     │ fragment
/// </code></remarks>
public sealed class FragmentTests
{
    const int Linear = Frame.MaxLength, FirstEnd = Linear + Frame.PageBytes;
    const byte Outside = 0xcc;

    const int Longest = PortConfig.MaxFrame;

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    static IEnumerable<IKernelTarget> Checking => Targets.Checking;

    [TestCase(14, 270, 0, 4096)]
    [TestCase(Linear, Frame.LinearEnd, 0, 4096)]
    [TestCase(Linear + 1, Frame.LinearEnd, 1, 7872)]
    [TestCase(FirstEnd, Frame.LinearEnd, 4096, 7872)]
    [TestCase(FirstEnd + 1, Frame.LinearEnd, 4097, 11_968)]
    [TestCase(9022, Frame.LinearEnd, 5502, 11_968)]
    public void A_frame_is_cut_where_its_page_is_full(int length, int end, int inFragments, int buffer)
    {
        var frame = Frame.OfLength(length);
        Assert.That((frame.Data, frame.End, frame.FragmentBytes, frame.Length, frame.LinearLength), Is.EqualTo((Frame.Headroom, end, inFragments, length, length - inFragments)));
        Assert.That(Frame.BufferFor(length), Is.EqualTo(buffer));
    }

    [Test]
    public void Buffers_do_not_overlap_and_begin_on_cache_lines([Values(60, Linear, FirstEnd, 9022)] int longest)
    {
        var memory = new PacketMemory(3, longest);
        Assert.That((memory.Stride % 64, memory.Stride / 64 % 2, memory.BufferBytes), Is.EqualTo((0, 1, Frame.BufferFor(longest))));
        for (byte n = 0; n < 3; n++) memory.Buffer(n).Fill(n);
        for (byte n = 0; n < 3; n++) Assert.That(memory.Buffer(n).ToArray(), Is.All.EqualTo(n));
        for (int n = 0; n < 3; n++) memory.Place(n, Bytes(longest).AsSpan()[..20], Bytes(longest).AsSpan()[20..]);
        for (int n = 0; n < 3; n++) Assert.That(memory.Bytes(n).ToArray(), Is.EqualTo(Bytes(longest)));
    }

    [Test]
    public void Bytes_are_loaded_and_stored_across_the_ends_of_pieces([Values(Linear, FirstEnd)] int edge, [Range(-5, 1)] int from)
    {
        var batch = One(9000);
        ref var frame = ref batch.Frame(0);
        uint at = (uint)(edge + from);
        byte[] got = new byte[4], given = [0xf0, 0xf1, 0xf2, 0xf3];
        Assert.That(PacketBytes.Load(in frame, batch.Buffer(0), at, got), Is.Zero);
        Assert.That(got, Is.EqualTo(Bytes(9000)[(int)at..((int)at + 4)]));

        byte[] expected = batch.Buffer(0).ToArray();
        given.CopyTo(expected, Frame.Headroom + (int)at);
        Assert.That(PacketBytes.Store(in frame, batch.Buffer(0), at, given), Is.Zero);
        Assert.That(batch.Buffer(0).ToArray(), Is.EqualTo(expected));
    }

    [TestCase(8996u, 0), TestCase(8997u, -Errno.Invalid), TestCase(9000u, -Errno.Invalid), TestCase(0xffffu, -Errno.Invalid), TestCase(0x10000u, -Errno.Fault), TestCase(uint.MaxValue, -Errno.Fault)]
    public void Bytes_beyond_the_last_fragment_are_refused(uint at, int answer)
    {
        var batch = One(9000);
        byte[] before = batch.Buffer(0).ToArray();
        Assert.That(PacketBytes.Load(in batch.Frame(0), batch.Buffer(0), at, new byte[4]), Is.EqualTo(answer));
        if (answer == 0) return;
        Assert.That(PacketBytes.Store(in batch.Frame(0), batch.Buffer(0), at, new byte[4]), Is.EqualTo(answer));
        Assert.That(batch.Buffer(0).ToArray(), Is.EqualTo(before));
    }

    [Test]
    public void Offsets_count_from_a_head_that_has_moved([Values(-40, 100)] int head)
    {
        var batch = One(9000);
        ref var frame = ref batch.Frame(0);
        Assert.That(PacketRoom.AdjustHead(ref frame, batch.Buffer(0), head), Is.Zero);
        byte[] got = new byte[8];
        PacketBytes.Load(in frame, batch.Buffer(0), (uint)(Linear - 4 - head), got);
        Assert.That(got, Is.EqualTo(Bytes(9000)[(Linear - 4)..(Linear + 4)]));
    }

    [TestCase(9000, 0, 0, 5480)]
    [TestCase(9000, 2712, 0, 8192)]
    [TestCase(9000, 2713, -Errno.Invalid, 5480)]
    [TestCase(FirstEnd, 1, -Errno.Invalid, 4096)]
    [TestCase(FirstEnd + 1, 4095, 0, 8192)]
    [TestCase(Linear + 1, 4095, 0, 4096)]
    [TestCase(9000, int.MaxValue, -Errno.Invalid, 5480)]
    [TestCase(9000, -1384, 0, 4096)]
    [TestCase(9000, -1385, 0, 4095)]
    [TestCase(9000, -5479, 0, 1)]
    [TestCase(9000, -5480, 0, 0)]
    [TestCase(9000, -5481, 0, -1)]
    [TestCase(9000, -8986, 0, -3506)]
    [TestCase(9000, -8987, -Errno.Invalid, 5480)]
    [TestCase(9000, int.MinValue, 0, 5480)]
    [TestCase(9000, int.MinValue + 1, -Errno.Invalid, 5480)]
    public void The_tail_grows_to_the_end_of_its_page_and_shrinks_across_pieces(int length, int by, int answer, int left)
    {
        var batch = One(length);
        ref var frame = ref batch.Frame(0);
        byte[] expected = batch.Buffer(0).ToArray();
        if (answer == 0 && by > 0) expected.AsSpan(Frame.Headroom + length, by).Clear();

        Assert.That(PacketRoom.AdjustTail(ref frame, batch.Buffer(0), by), Is.EqualTo(answer));
        Assert.That((frame.Data, frame.FragmentBytes, frame.End), Is.EqualTo((Frame.Headroom, Math.Max(left, 0), Frame.LinearEnd + Math.Min(left, 0))));
        Assert.That(batch.Buffer(0).ToArray(), Is.EqualTo(expected), "bytes gained are zero, no other changes");
    }

    [Test]
    public void Without_its_fragments_a_frame_is_as_any_of_one_piece()
    {
        var batch = One(5000);
        ref var frame = ref batch.Frame(0);
        var buffer = batch.Buffer(0);
        Assert.That((PacketRoom.AdjustTail(ref frame, buffer, -1500), frame.HasFragments, frame.Length), Is.EqualTo((0, false, 3500)));
        Assert.That((PacketRoom.AdjustTail(ref frame, buffer, 21), frame.Length), Is.EqualTo((-Errno.Invalid, 3500)));
        Assert.That((PacketRoom.AdjustTail(ref frame, buffer, 20), frame.Length), Is.EqualTo((0, 3520)));
        Assert.That(batch.Bytes(0)[^21..].ToArray(), Is.EqualTo((byte[])[Bytes(5000)[3499], .. new byte[20]]));
    }

    [TestCase(-216, 0), TestCase(-217, -Errno.Invalid), TestCase(Linear - 14, 0), TestCase(Linear - 13, -Errno.Invalid), TestCase(8000, -Errno.Invalid)]
    public void The_head_moves_in_the_linear_part(int by, int answer)
    {
        var batch = One(9000);
        ref var frame = ref batch.Frame(0);
        Assert.That(PacketRoom.AdjustHead(ref frame, batch.Buffer(0), by), Is.EqualTo(answer));
        Assert.That((frame.Data, frame.End, frame.Length), Is.EqualTo((Frame.Headroom + (answer == 0 ? by : 0), Frame.LinearEnd, 9000 - (answer == 0 ? by : 0))));
    }

    /// <summary>14 bytes of the linear part are left, and 1,480 in a fragment: all of that but 14 bytes can go.</summary>
    [Test]
    public void A_head_taken_off_leaves_the_tail_its_14_bytes()
    {
        var batch = One(5000);
        ref var frame = ref batch.Frame(0);
        PacketRoom.AdjustHead(ref frame, batch.Buffer(0), Linear - 14);
        Assert.That((PacketRoom.AdjustTail(ref frame, batch.Buffer(0), -1481), PacketRoom.AdjustTail(ref frame, batch.Buffer(0), -1480)), Is.EqualTo((-Errno.Invalid, 0)));
        Assert.That((frame.Length, frame.LinearLength), Is.EqualTo((14, 14)));
    }

    [TestCase(-40, 0), TestCase(-216, 0), TestCase(-220, -Errno.Invalid), TestCase(4, -Errno.Invalid), TestCase(-6, -Errno.Access)]
    public void Metadata_is_as_before_any_frame(int by, int answer)
    {
        var batch = One(9000);
        ref var frame = ref batch.Frame(0);
        Assert.That(PacketRoom.AdjustMeta(ref frame, by), Is.EqualTo(answer));
        Assert.That((frame.Data - frame.Meta, frame.Length), Is.EqualTo((answer == 0 ? -by : 0, 9000)));
    }

    [Test]
    public void A_program_reaches_the_linear_part_and_nothing_behind_it(
        [ValueSource(nameof(Checking))] IKernelTarget target, [Values(1, 2, 4, 8)] int size, [Values(-1, 0, 1, 4088)] int past)
    {
        foreach (string access in new[] { $"r0 = *(u{8 * size} *)(r2 + 0)", $"*(u{8 * size} *)(r2 + 0) = 1" })
        {
            var rig = Rig(target, $"r2 = *(u32 *)(r1 + 4)\nr2 += {past - size}\n{access}\nr0 = 2\nexit");
            var batch = One(9000);
            rig.Kernel.Run(batch);
            Assert.That(batch.Verdicts[0], Is.EqualTo(past <= 0 ? new(XdpAction.Pass) : new Verdict(XdpAction.Aborted, AbortReason.PacketBounds)), access);
            if (past > 0) Assert.That(batch.Bytes(0).ToArray(), Is.EqualTo(Bytes(9000)));
        }
    }

    [TestCaseSource(nameof(Backends))]
    public void The_length_is_that_of_the_whole_frame(IKernelTarget target)
    {
        foreach (int length in new[] { 14, Linear, Linear + 1, FirstEnd, Longest })
        {
            var rig = Rig(target, $"call 188\nr1 = 1\nif r0 != {length} goto out\nr1 = 2\nout:\nr0 = r1\nexit");
            var batch = One(length);
            rig.Kernel.Run(batch);
            Assert.That(batch.Verdicts[0], Is.EqualTo(new Verdict(XdpAction.Pass)), $"{length}");
        }
    }

    [Test]
    public void A_perf_event_has_as_much_of_the_packet_as_is_asked_for(
        [ValueSource(nameof(Backends))] IKernelTarget target, [Values(0, Linear - 1, Linear, Linear + 1, FirstEnd, FirstEnd + 1, 9000, 9001)] int bytes)
    {
        var perf = new MapSpec { Name = "perf", Type = MapType.PerfEventArray, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        var rig = Rig(target, $"*(u64 *)(r10 - 8) = 7\nr2 = map(perf)\nr3 = 0x{(ulong)bytes << 32 | uint.MaxValue:x} ll\nr4 = r10\nr4 += -8\nr5 = 8\ncall 25\nr0 = 2\nexit", perf);
        rig.Kernel.Run(One(9000));
        var events = new List<byte[]>();
        foreach (var e in rig.Events) events.Add(e.Packet.ToArray());
        Assert.That(events, Is.EqualTo(bytes > 9000 ? [] : new[] { Bytes(9000)[..bytes] }));
    }

    [TestCaseSource(nameof(Backends))]
    public void A_chain_in_which_a_program_lacks_frags_aborts_such_a_frame_and_no_other(IKernelTarget target)
    {
        ProgramSpec[] programs = [ProgramText.Program("first", "r0 = 2\nexit", "xdp.frags"), ProgramText.Program("second", "r0 = 3\nexit")];
        int[] next = [Chain.End, Chain.End, 1, Chain.End, Chain.End, Chain.End];
        var rig = new KernelRig(target, programs, link: loaded => new() { Stages = [new() { Program = loaded[0], Next = next }, new() { Program = loaded[1] }] });
        var batch = new PacketBatch(3, Longest);
        foreach (int length in new[] { Linear, Linear + 1, 60 }) batch.Add(Bytes(length));
        rig.Kernel.Run(batch);
        Verdict tx = new(XdpAction.Tx), aborted = new(XdpAction.Aborted, AbortReason.NoFragsSupport);
        Assert.That(batch.Verdicts.ToArray(), Is.EqualTo(new[] { tx, aborted, tx }));
        Assert.That(rig.Kernel.Counters.Runs(0), Is.EqualTo(2), "no program saw it");
    }

    static KernelRig Rig(IKernelTarget target, string text, params MapSpec[] maps) => new(target, [ProgramText.Program("p", text, "xdp.frags")], maps);

    /// <summary>One frame in a buffer that is <see cref="Outside"/> where the frame is not.</summary>
    static PacketBatch One(int length)
    {
        var batch = new PacketBatch(1, Longest);
        batch.Buffer(0).Fill(Outside);
        batch.Add(Bytes(length));
        return batch;
    }

    /// <summary>No byte is 0, and no 251 in a row repeat within a page.</summary>
    static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(n => (byte)(1 + n % 251))];
}
