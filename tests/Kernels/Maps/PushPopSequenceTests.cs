using Chainring.Host.Driver.Peers;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>Queues, stacks and Bloom filters: the same random operations here and in the kernel, by the host and by a program.</summary>
public sealed class PushPopSequenceTests
{
    enum Act { Push, Pop, Peek, Delete }

    sealed record Step(Act Act, byte[] Value, ulong Flags)
    {
        public override string ToString() => $"{Act} {Convert.ToHexString(Value)} flags 0x{Flags:x}";
    }

    static readonly Gen<ulong> Flags = Gen.Frequency((8, Gen.Const(0UL)), (4, Gen.Const(2UL)), (1, Gen.OneOf(1UL, 3UL, 4UL, 1UL << 32)));

    static Gen<Step[]> Steps(int valueBytes) =>
        Gen.Select(Gen.OneOf(Act.Push, Act.Push, Act.Push, Act.Pop, Act.Peek, Act.Delete), Gen.Byte[0, 40].Array[valueBytes], Flags, (act, value, flags) => new Step(act, value, flags)).Array[1, 30];

    static IEnumerable<MapType> Queues => [MapType.Queue, MapType.Stack];

    static readonly int[] ValueSizes = [1, 4, 7, 8, 12, 13, 16, 24, 25, 40];

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [Test]
    public void A_queue_from_the_host([ValueSource(nameof(Queues))] MapType type, [Values(4, 7)] int valueBytes) => FromTheHost(Spec(type, valueBytes));

    /// <summary>Without a seed every answer is the kernel's, wrong ones too: 40 bits in 64 are full soon.</summary>
    [Test]
    public void A_Bloom_filter_from_the_host([ValueSource(nameof(ValueSizes))] int valueBytes, [Values(0, 1, 3, 15)] int hashes) => FromTheHost(Bloom(valueBytes, hashes));

    [Test]
    public void A_queue_from_a_program([ValueSource(nameof(Queues))] MapType type) => FromAProgram(Spec(type, 8));

    [Test]
    public void A_Bloom_filter_from_a_program() => FromAProgram(Bloom(8, 3));

    /// <summary>Where the filter is large: its size and its hash functions.</summary>
    [TestCase(1000, 4, 5), TestCase(5000, 16, 3), TestCase(333, 6, 15)]
    public void A_large_Bloom_filter(int entries, int valueBytes, int hashes)
    {
        var spec = Bloom(valueBytes, hashes) with { MaxEntries = entries };
        var ours = (IPushMap)MapKinds.Create(1, spec, 1).Value;
        using var theirs = new KernelMap(spec);
        var random = new Random(1);
        byte[] value = new byte[valueBytes];
        int falsePositives = 0;
        for (int n = 0; n < entries; n++)
        {
            random.NextBytes(value);
            ours.Push(value, 0);
            Bpf.Update(theirs.Fd, [], value, 0);
        }
        for (int n = 0; n < 20_000; n++)
        {
            random.NextBytes(value);
            int answer = ours.Peek(value);
            Assert.That(-(int)Bpf.Lookup(theirs.Fd, [], value), Is.EqualTo(answer));
            if (answer == 0) falsePositives++;
        }
        TestContext.Out.WriteLine($"{falsePositives} of 20,000 found that were not pushed, as in the kernel");
    }

    static void FromTheHost(MapSpec spec) => Steps(spec.ValueSize).Sample(steps =>
    {
        var ours = MapKinds.Create(1, spec, 1).Value;
        using var theirs = new KernelMap(spec);
        foreach (var step in steps)
        {
            byte[] left = step.Value.ToArray(), right = step.Value.ToArray();
            int ourAnswer = step.Act switch
            {
                Act.Push => MapCommands.Update(ours, [], left, step.Flags),
                Act.Pop => MapCommands.LookupAndDelete(ours, [], left),
                Act.Peek => MapCommands.Lookup(ours, [], left),
                _ => MapCommands.Delete(ours, []),
            };
            int theirAnswer = -(int)(step.Act switch
            {
                Act.Push => Bpf.Update(theirs.Fd, [], right, step.Flags),
                Act.Pop => Bpf.LookupAndDelete(theirs.Fd, [], right),
                Act.Peek => Bpf.Lookup(theirs.Fd, [], right),
                _ => Bpf.Delete(theirs.Fd, []),
            });
            if (ourAnswer != theirAnswer || (ourAnswer == 0 && !left.SequenceEqual(right)))
                throw new InvalidOperationException($"{step}: card {ourAnswer} {Convert.ToHexString(left)}, kernel {theirAnswer} {Convert.ToHexString(right)}");
        }
        string entries = string.Join("; ", ours.Entries().Select(e => new KernelMapEntry(e.Key, e.Values))), kernels = string.Join("; ", theirs.Entries());
        if (entries != kernels) throw new InvalidOperationException($"card {entries}, kernel {kernels}");
    }, iter: 300, threads: 1, print: steps => string.Join('\n', steps.AsEnumerable()));

    static void FromAProgram(MapSpec spec) => Steps(8).Sample(steps =>
    {
        bool bloom = spec.Type == MapType.BloomFilter;
        var lines = new List<string>();
        for (int n = 0; n < steps.Length; n++)
        {
            var step = steps[n];
            if (step.Act == Act.Delete || (bloom && step.Act == Act.Pop)) continue;
            lines.Add($"r1 = 0x{BitConverter.ToUInt64(step.Value):x} ll\n*(u64 *)(r10 - 8) = r1\nr1 = map(map)\nr2 = r10\nr2 += -8");
            lines.Add(step.Act switch
            {
                Act.Push => $"r3 = 0x{step.Flags:x} ll\ncall 87",
                Act.Pop => "call 88",
                _ => "call 89",
            });
            lines.Add($"{BothSides.Keep(2 * n)}\nr0 = *(u64 *)(r10 - 8)\n{BothSides.Keep(2 * n + 1)}");
        }
        BothSides.Compare(string.Join('\n', [.. lines, "r0 = 2", "exit"]), [spec, BothSides.Results(2 * steps.Length)]);
    }, iter: 150, threads: 1, print: steps => string.Join('\n', steps.AsEnumerable()));

    static MapSpec Spec(MapType type, int valueBytes) => new() { Name = "map", Type = type, KeySize = 0, ValueSize = valueBytes, MaxEntries = 3 };

    static MapSpec Bloom(int valueBytes, int hashes) =>
        Spec(MapType.BloomFilter, valueBytes) with { MaxEntries = 8, Extra = (ulong)hashes, Flags = (MapFlags)(1 << 6) };
}
