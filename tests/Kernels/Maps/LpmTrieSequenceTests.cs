using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>The same random operations on an LPM trie of ours and on the kernel's, by the host and by a program.</summary>
public sealed class LpmTrieSequenceTests
{
    const int Capacity = 6;

    enum Act { Update, Delete, Lookup }

    sealed record Step(Act Act, byte[] Key, int Value, ulong Flags)
    {
        public override string ToString() => $"{Act} {Convert.ToHexString(Key)} value {Value} flags 0x{Flags:x}";
    }

    static readonly Gen<ulong> Flags = Gen.Frequency((10, Gen.Const(0UL)), (3, Gen.Const(1UL)), (3, Gen.Const(2UL)), (1, Gen.OneOf(3UL, 4UL, 1UL << 32)));

    /// <summary>Few bytes and many lengths, so that prefixes meet, and lengths that are too long.</summary>
    static Gen<Step[]> Steps(int dataBytes) => Gen.Select(
        Gen.OneOf(Act.Update, Act.Update, Act.Update, Act.Delete, Act.Lookup, Act.Lookup),
        Gen.OneOf(Gen.Int[0, 8 * dataBytes], Gen.OneOf(0, 1, 2, 7, 8, 9), Gen.OneOf(8 * dataBytes, 8 * dataBytes + 1, -1)),
        Gen.OneOf<byte>(0, 0, 0x80, 0xff, 0x0f, 1).Array[dataBytes],
        Gen.Int[1, 99], Flags,
        (act, length, data, value, flags) => new Step(act, [.. BitConverter.GetBytes(length), .. data], value, flags)).Array[1, 40];

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [Test]
    public void From_the_host([Values(1, 4, 16, 256)] int dataBytes)
    {
        Steps(dataBytes).Sample(steps =>
        {
            var ours = MapKinds.Create(1, Spec(dataBytes), 1).Value;
            using var theirs = new KernelMap(Spec(dataBytes));
            foreach (var step in steps)
            {
                byte[] value = BitConverter.GetBytes((long)step.Value);
                string left = step.Act switch
                {
                    Act.Update => $"{ours.UpdateAll(step.Key, value, step.Flags)}",
                    Act.Delete => $"{ours.Delete(step.Key)}",
                    _ => ours.Find(step.Key, 0) is >= 0 and var at ? Convert.ToHexString(ours.Storage, at, 8) : "absent",
                };
                string right = step.Act switch
                {
                    Act.Update => $"{-(int)theirs.Update(step.Key, value, step.Flags)}",
                    Act.Delete => $"{-(int)theirs.Delete(step.Key)}",
                    _ => theirs.Lookup(step.Key) is { } values ? Convert.ToHexString(values[0]) : "absent",
                };
                if (left != right) throw new InvalidOperationException($"{step}: card {left}, kernel {right}");
            }
            var entries = ours.Entries().Select(e => new KernelMapEntry(e.Key, e.Values).ToString()).ToList();
            if (!entries.SequenceEqual(theirs.Entries().Select(e => e.ToString()))) throw new InvalidOperationException(string.Join('\n', entries.Concat(theirs.Entries().Select(e => $"kernel {e}"))));
            if (ours.Count != entries.Count) throw new InvalidOperationException($"{ours.Count} entries counted");
        }, iter: 1000, threads: 1, print: steps => string.Join('\n', steps.AsEnumerable()));
    }

    [Test]
    public void From_a_program()
    {
        Steps(4).Sample(steps =>
        {
            var lines = new List<string>();
            for (int n = 0; n < steps.Length; n++)
            {
                var step = steps[n];
                lines.Add($"""
                    *(u32 *)(r10 - 8) = {BitConverter.ToInt32(step.Key)}
                    *(u32 *)(r10 - 4) = {BitConverter.ToInt32(step.Key, 4)}
                    *(u64 *)(r10 - 16) = {step.Value}
                    r1 = map(map)
                    r2 = r10
                    r2 += -8
                    """);
                lines.Add(step.Act switch
                {
                    Act.Update => $"r3 = r10\nr3 += -16\nr4 = 0x{step.Flags:x} ll\ncall 2",
                    Act.Delete => "call 3",
                    _ => $"call 1\nif r0 == 0 goto skip{n}\nr0 = *(u64 *)(r0 + 0)",
                });
                lines.Add($"skip{n}:\n{BothSides.Keep(n)}");
            }
            BothSides.Compare(string.Join('\n', [.. lines, "r0 = 2", "exit"]), [Spec(4), BothSides.Results(steps.Length)]);
        }, iter: 200, threads: 1, print: steps => string.Join('\n', steps.AsEnumerable()));
    }

    /// <summary>A model that tries every prefix, since a capacity of six finds few shapes of a trie.</summary>
    [Test]
    public void Many_random_prefixes_are_found_as_a_list_finds_them()
    {
        var random = new Random(1);
        var map = MapKinds.Create(1, Spec(4) with { MaxEntries = 300 }, 1).Value;
        var model = new Dictionary<(int Length, uint Prefix), long>();
        for (int n = 0; n < 200_000; n++)
        {
            int length = random.Next(33);
            uint data = (uint)random.NextInt64() & 0xf0f0_f0f0, masked = length == 0 ? 0 : data >> (32 - length) << (32 - length);
            byte[] key = [.. BitConverter.GetBytes(length), .. BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(data))];
            switch (random.Next(4))
            {
                case 0:
                    Assert.That(map.Delete(key) == 0, Is.EqualTo(model.Remove((length, masked))));
                    break;
                case 1:
                    if (map.UpdateAll(key, BitConverter.GetBytes((long)n), 0) == 0) model[(length, masked)] = n;
                    else Assert.That((model.Count, model.ContainsKey((length, masked))), Is.EqualTo((300, false)));
                    break;
                default:
                    long expected = -1;
                    for (int l = length; l >= 0 && expected < 0; l--)
                        if (model.TryGetValue((l, l == 0 ? 0 : data >> (32 - l) << (32 - l)), out long value)) expected = value;
                    Assert.That(map.Find(key, 0) is >= 0 and var at ? BitConverter.ToInt64(map.Storage, at) : -1, Is.EqualTo(expected));
                    break;
            }
        }
        Assert.That(map.Entries(), Has.Count.EqualTo(model.Count));
    }

    static MapSpec Spec(int dataBytes) => new()
    {
        Name = "map",
        Type = MapType.LpmTrie,
        KeySize = 4 + dataBytes,
        ValueSize = 8,
        MaxEntries = Capacity,
        Flags = MapFlags.NoPreallocation,
    };
}
