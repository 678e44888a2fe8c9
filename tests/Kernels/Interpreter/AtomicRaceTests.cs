using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Interpreter;

/// <summary>One kernel per queue, all on the same maps, each on a thread: atomics are atomic, in both widths; plain words do not tear.</summary>
public sealed class AtomicRaceTests
{
    const int Queues = 4, Frames = 64, Rounds = 1_500;

    const string Pass = "\nr0 = 2\nexit";

    static readonly MapSpec Shared = Map("shared", MapType.Array, valueSize: 16), PerQueue = Map("per_queue", MapType.PerCpuArray, valueSize: 16);

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    [TestCase("r2 = 1\nlock *(u64 *)(r1 + 0) += r2", 8)]
    [TestCase("r2 = 1\nr2 = atomic_fetch_add((u64 *)(r1 + 0), r2)", 8)]
    [TestCase("again:\nr0 = *(u64 *)(r1 + 0)\nr3 = r0\nr2 = r0\nr2 += 1\nr0 = cmpxchg_64(r1 + 0, r0, r2)\nif r0 != r3 goto again", 8)]
    [TestCase("w2 = 1\nlock *(u32 *)(r1 + 0) += w2", 4)]
    [TestCase("w2 = 1\nw2 = atomic_fetch_add((u32 *)(r1 + 0), w2)", 4)]
    [TestCase("again:\nr0 = *(u32 *)(r1 + 0)\nw3 = w0\nw2 = w0\nw2 += 1\nw0 = cmpxchg32_32(r1 + 0, w0, w2)\nif w0 != w3 goto again", 4)]
    public void What_all_queues_count_adds_up(string increment, int size)
    {
        // Of a loop that tries again the verifier sees no end.
        foreach (var target in increment.Contains("goto again") ? Targets.Checking : Backends)
        {
            // Half of the queues count in the neighbouring word: it shares 8 bytes with the first where a word has 4.
            var rig = RunOnAllQueues(target, $"r1 = value(shared)\ncall 8\nr1 = value(shared)\nif r0 < 2 goto count\nr1 += {size}\ncount:\n{increment}{Pass}");
            byte[] counts = rig.Map("shared").Entries()[0].Values[0];
            long expected = (long)Queues / 2 * Frames * Rounds;
            Assert.That(size == 8 ? BitConverter.ToInt64(counts) : BitConverter.ToInt32(counts), Is.EqualTo(expected));
            Assert.That(size == 8 ? BitConverter.ToInt64(counts, 8) : BitConverter.ToInt32(counts, 4), Is.EqualTo(expected));
        }
    }

    /// <summary>Only one queue changes a bit, by all operations on bits; it always finds the bit as it left it.</summary>
    [TestCase("u64", "r"), TestCase("u32", "w")]
    public void A_bit_of_a_shared_word_is_its_owners(string type, string register)
    {
        const string isSet = "r2 &= r6\nif r2 == 0 goto bad", isClear = "r2 &= r6\nif r2 != 0 goto bad";
        string load = $"r2 = *({type} *)(r1 + 0)";
        string text = $"""
            call 8
            r6 = 1
            r6 <<= r0
            r7 = r6
            r7 ^= -1
            r1 = value(shared)
            lock *({type} *)(r1 + 0) |= {register}6
            {load}
            {isSet}
            lock *({type} *)(r1 + 0) &= {register}7
            {load}
            {isClear}
            lock *({type} *)(r1 + 0) ^= {register}6
            {load}
            {isSet}
            {register}2 = {register}7
            {register}2 = atomic_fetch_and(({type} *)(r1 + 0), {register}2)
            {isSet}
            {register}2 = {register}6
            {register}2 = atomic_fetch_or(({type} *)(r1 + 0), {register}2)
            {isClear}
            {register}2 = {register}6
            {register}2 = atomic_fetch_xor(({type} *)(r1 + 0), {register}2)
            {isSet}
            r0 = 2
            exit
            bad:
            r0 = 1
            exit
            """;
        foreach (var target in Backends)
        {
            var rig = RunOnAllQueues(target, text);
            Assert.That(rig.Map("shared").Entries()[0].Values[0], Is.All.Zero);
        }
    }

    /// <summary>Numbers go into a word and whoever exchanges it next takes them out: none is lost, none taken twice.</summary>
    [TestCase("r2 = xchg_64(r1 + 0, r2)"), TestCase("w2 = xchg32_32(r1 + 0, w2)")]
    public void What_is_exchanged_is_taken_out_once(string exchange)
    {
        string text = $"""
            *(u32 *)(r10 - 4) = 0
            r1 = map(per_queue)
            r2 = r10
            r2 += -4
            call 1
            r6 = r0
            call 8
            r2 = r0
            r2 += 1
            r1 = value(shared)
            {exchange}
            if r6 == 0 goto out
            r3 = *(u64 *)(r6 + 0)
            r3 += r2
            *(u64 *)(r6 + 0) = r3
            out:
            r0 = 2
            exit
            """;
        foreach (var target in Backends)
        {
            var rig = RunOnAllQueues(target, text);
            long taken = rig.Map("per_queue").Entries()[0].Values.Sum(value => BitConverter.ToInt64(value));
            long left = BitConverter.ToInt64(rig.Map("shared").Entries()[0].Values[0]);
            Assert.That(taken + left, Is.EqualTo((long)Frames * Rounds * Queues * (Queues + 1) / 2));
        }
    }

    /// <summary>Across a cache line too, where a map's value begins on one.</summary>
    [TestCase(1), TestCase(4), TestCase(6)]
    public void A_misaligned_atomic_does_what_an_aligned_one_does(int offset)
    {
        foreach (var target in Targets.Checking)
        {
            var rig = new KernelRig(target, [ProgramText.Program("misaligned", $"r1 = value(shared)\nr2 = 5\nr3 = *(u8 *)(r1 + 0)\nr2 = atomic_fetch_add((u64 *)(r1 + {offset}), r2){Pass}")], [Shared]);
            for (int n = 0; n < 10; n++) rig.Kernel.Run(KernelRig.Batch());
            Assert.That(BitConverter.ToInt64(rig.Map("shared").Entries()[0].Values[0], offset), Is.EqualTo(150));
        }
    }

    /// <summary>Queue 0 stores zeroes, the others ones, and the host another pattern.</summary>
    [Test]
    public void An_aligned_word_never_tears([ValueSource(nameof(Backends))] IKernelTarget target)
    {
        const string text = """
            call 8
            r1 = value(shared)
            r2 = 0
            if r0 == 0 goto store
            r2 = -1
            store:
            *(u64 *)(r1 + 0) = r2
            r2 = *(u64 *)(r1 + 0)
            r0 = 2
            if r2 == 0 goto out
            if r2 == -1 goto out
            r3 = 0x5555555555555555 ll
            if r2 == r3 goto out
            r0 = 1
            out:
            exit
            """;
        byte[] pattern = [.. Enumerable.Repeat((byte)0x55, Shared.ValueSize)];
        RunOnAllQueues(target, text, rig => rig.Map("shared").UpdateAll(new byte[4], pattern, UpdateFlags.Any));
    }

    /// <summary>Every frame passes.</summary>
    static KernelRig RunOnAllQueues(IKernelTarget target, string text, Action<KernelRig>? host = null)
    {
        var rig = new KernelRig(target, [ProgramText.Program("race", text)], [Shared, PerQueue], cpus: Queues);
        Race.Run(
            [.. Enumerable.Range(0, Queues).Select<int, Action>(queue => () =>
            {
                var kernel = rig.KernelOf(queue);
                var batch = new PacketBatch(Frames);
                for (int n = 0; n < Frames; n++) batch.Add(new byte[64]);
                for (int round = 0; round < Rounds; round++)
                {
                    kernel.Run(batch);
                    foreach (var verdict in batch.Verdicts)
                    {
                        if (verdict != new Verdict(XdpAction.Pass)) throw new InvalidOperationException($"queue {queue}, round {round}: {verdict}");
                    }
                }
            })],
            host is null ? [] : [() => host(rig)]);
        return rig;
    }

    static MapSpec Map(string name, MapType type, int valueSize) =>
        new() { Name = name, Type = type, KeySize = 4, ValueSize = valueSize, MaxEntries = 1 };
}
