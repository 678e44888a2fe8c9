using Chainring.Kernels;
using Chainring.Kernels.Simd;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Simd;

/// <summary>Sums in map values, which frames in lanes add to in any order, beside what keeps the order.</summary>
public sealed class LaneSumTests
{
    /// <summary>r6 = the frame, r7 = its end; out if there are not 14 bytes.</summary>
    const string Ethernet = """
        r6 = *(u32 *)(r1 + 0)
        r7 = *(u32 *)(r1 + 4)
        r2 = r6
        r2 += 14
        if r2 > r7 goto out
        """;

    /// <summary>Two more for a sum, and a number from a value that counts on, for the first byte of the frame.</summary>
    const string OneAfterTheOther = """
        r1 = value(counts)
        r3 = *(u64 *)(r1 + 0)
        r3 += 2
        *(u64 *)(r1 + 0) = r3
        r1 = value(numbers)
        r3 = *(u64 *)(r1 + 0)
        *(u8 *)(r6 + 0) = r3
        r3 += 1
        *(u64 *)(r1 + 0) = r3
        """;

    /// <summary>The same, with what keeps the order between load and store of what does not.</summary>
    const string OneInTheOther = """
        r1 = value(counts)
        r2 = value(numbers)
        r3 = *(u64 *)(r1 + 0)
        r4 = *(u64 *)(r2 + 0)
        *(u8 *)(r6 + 0) = r4
        r3 += 2
        *(u64 *)(r1 + 0) = r3
        r4 += 1
        *(u64 *)(r2 + 0) = r4
        """;

    /// <summary>Over groups that are not full.</summary>
    [Test]
    public void Frames_of_a_group_get_numbers_in_order_and_sums_are_whole([Values(1, 7, 8, 9, 29, 71)] int frames, [Range(0, 2)] int shape, [Values] bool isOneInTheOther)
    {
        var program = ProgramText.Program("number", $"{Ethernet}\n{(isOneInTheOther ? OneInTheOther : OneAfterTheOther)}\nout:\nr0 = 2\nexit");
        var rig = new KernelRig(Way.InLanes(LaneShape.Known[shape]), [program], [Map("counts"), Map("numbers")]);
        Assert.That(((SimdKernel)rig.Kernel).Code.HasRest, Is.True);
        var batch = new PacketBatch(frames);
        for (int n = 0; n < frames; n++) batch.Add(new byte[n % 5 == 4 ? 13 : 64]);
        rig.Kernel.Run(batch);
        int long64 = frames - frames / 5;
        Assert.That(Enumerable.Range(0, frames).Where(n => n % 5 != 4).Select(n => (int)batch.Bytes(n)[0]), Is.EqualTo(Enumerable.Range(0, long64)));
        Assert.That(rig.Maps.Select(m => BitConverter.ToInt64(m.Storage, 0)), Is.EqualTo(new long[] { 2 * long64, long64 }));
        Assert.That(batch.Verdicts.ToArray(), Is.All.EqualTo(new Verdict(XdpAction.Pass)));
        Assert.That(rig.Kernel.Counters.Runs(0), Is.EqualTo(frames));
    }

    /// <summary>What is added is each frame's own, and so is where.</summary>
    [Test]
    public void Sums_go_to_the_place_of_each_frame([Range(0, 2)] int shape, [Values(1, 4)] int places)
    {
        const int frames = 27;
        var program = ProgramText.Program("lengths", $"""
            {Ethernet}
            r3 = *(u8 *)(r6 + 0)
            r3 &= {places - 1}
            r3 <<= 3
            r1 = value(sums) + 0
            r1 += r3
            r7 -= r6
            r4 = *(u64 *)(r1 + 0)
            r4 += r7
            *(u64 *)(r1 + 0) = r4
            r0 = 3
            exit
            out:
            r0 = 1
            exit
            """);
        var rig = new KernelRig(Way.InLanes(LaneShape.Known[shape]), [program], [Map("sums", bytes: 32)]);
        Assert.That(((SimdKernel)rig.Kernel).Code.HasRest, Is.False);
        var batch = new PacketBatch(frames);
        for (int n = 0; n < frames; n++) batch.Add([(byte)n, .. new byte[59 + n]]);
        rig.Kernel.Run(batch);
        var sums = Enumerable.Range(0, places).Select(place => Enumerable.Range(0, frames).Where(n => n % places == place).Sum(n => 60L + n));
        Assert.That(Enumerable.Range(0, places).Select(place => BitConverter.ToInt64(rig.Maps.Single().Storage, 8 * place)), Is.EqualTo(sums));
        Assert.That(batch.Verdicts.ToArray(), Is.All.EqualTo(new Verdict(XdpAction.Tx)));
    }

    /// <summary>Of one value a field is read and another one added to.</summary>
    [Test]
    public void A_field_is_read_beside_one_that_is_added_to([Range(0, 2)] int shape)
    {
        const int frames = 27;
        var program = ProgramText.Program("limited", $"""
            {Ethernet}
            r3 = *(u8 *)(r6 + 0)
            r1 = value(limits)
            r4 = *(u64 *)(r1 + 0)
            if r3 > r4 goto out
            r4 = *(u64 *)(r1 + 8)
            r4 += r3
            *(u64 *)(r1 + 8) = r4
            r0 = 3
            exit
            out:
            r0 = 1
            exit
            """);
        var rig = new KernelRig(Way.InLanes(LaneShape.Known[shape]), [program], [Map("limits", bytes: 16)]);
        Assert.That(((SimdKernel)rig.Kernel).Code.HasRest, Is.False);
        rig.Maps.Single().Storage[0] = 20;
        var batch = new PacketBatch(frames);
        for (int n = 0; n < frames; n++) batch.Add([(byte)n, .. new byte[59]]);
        rig.Kernel.Run(batch);
        Assert.That(BitConverter.ToInt64(rig.Maps.Single().Storage, 8), Is.EqualTo(Enumerable.Range(0, 21).Sum()));
        Assert.That(batch.Verdicts.ToArray().Count(v => v.Action == XdpAction.Tx), Is.EqualTo(21));
    }

    static MapSpec Map(string name, int bytes = 8) => new() { Name = name, Type = MapType.Array, KeySize = 4, ValueSize = bytes, MaxEntries = 1 };
}
