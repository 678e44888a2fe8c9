using System.Buffers.Binary;
using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>The same random operations on a map of ours and on the kernel's, by the host and by a program: every answer and the final contents are equal.</summary>
public sealed class MapSequenceTests
{
    const int Capacity = 4, KeyCount = Capacity + 3, ValueBytes = 8;
    const int HostSequences = 200, ProgramSequences = 100;

    /// <summary>An LRU map never full: what it evicts is the kernel's own affair.</summary>
    const int LruCapacity = 256;

    static readonly MapType[] Types = [MapType.Array, MapType.PerCpuArray, MapType.Hash, MapType.PerCpuHash, MapType.LruHash, MapType.LruPerCpuHash];

    static readonly Gen<ulong> Flags = Gen.Frequency(
        (10, Gen.Const(UpdateFlags.Any)), (4, Gen.Const(UpdateFlags.NoExist)), (4, Gen.Const(UpdateFlags.Exist)),
        (2, Gen.OneOf(3UL, 4UL, 5UL, 6UL, 8UL, 1UL << 32, ulong.MaxValue)));

    enum Act { Update, Delete, Lookup, Write, Hold, ReadHeld, WriteHeld, UpdateFromHeld }

    /// <param name="Held">Which of the three kept pointers.</param>
    sealed record Step(Act Act, int Key, int Value, ulong Flags, int Held)
    {
        public override string ToString() => $"{Act} key {Key} value {Value} flags 0x{Flags:x} held {Held}";
    }

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [Test]
    public void From_the_host([ValueSource(nameof(Types))] MapType type)
    {
        Steps(Act.Update, Act.Delete, Act.Lookup).Sample(steps =>
        {
            using var pin = new CpuPin(0);
            var ours = MapKinds.Create(1, Spec(type), CpuPin.Possible).Value;
            using var theirs = new KernelMap(Spec(type));
            foreach (var step in steps)
            {
                var (left, right) = (OnHost(ours, step), OnHost(theirs, step));
                if (left != right) throw new InvalidOperationException($"{step}: card {left}, kernel {right}");
            }
            SameEntries(ours, theirs);
        }, iter: HostSequences, threads: 1, print: Print);
    }

    /// <summary>With interface 1, the loopback device, all that entries are made of.</summary>
    static readonly int[] Ports = [2, 3];

    static IEnumerable<TestCaseData> RedirectMaps =>
        from shape in new[] { (MapType.DevMap, 4), (MapType.DevMap, 8), (MapType.DevMapHash, 4), (MapType.DevMapHash, 8), (MapType.CpuMap, 4), (MapType.CpuMap, 8), (MapType.XskMap, 4) }
        select new TestCaseData(shape.Item1, shape.Item2);

    /// <summary>Numbers that are interfaces, sockets and queue sizes, and descriptors of programs, none of which is one.</summary>
    [TestCaseSource(nameof(RedirectMaps))]
    public void A_redirect_map_from_the_host(MapType type, int valueSize)
    {
        // Every key of a cpumap is a CPU that this machine can have.
        int capacity = type == MapType.CpuMap ? Math.Min(Capacity, CpuPin.Possible) : Capacity;
        var spec = Spec(type) with { ValueSize = valueSize, MaxEntries = capacity };
        var word = type == MapType.CpuMap ? Gen.OneOf(0, 1, 16_384, 16_385, -1) : Gen.Int[0, 3];
        var value = Gen.Select(word, Gen.Frequency((4, Gen.Const(0)), (1, Gen.OneOf(-1, int.MinValue, 12_345))), (first, program) =>
            (byte[])[.. BitConverter.GetBytes(first).Concat(BitConverter.GetBytes(program)).Take(valueSize)]);

        using var ports = type is MapType.DevMap or MapType.DevMapHash ? new KernelPorts(Ports) : null;
        Gen.Select(Gen.OneOf(Act.Update, Act.Update, Act.Delete, Act.Lookup), Gen.Int[0, KeyCount - 1], value, Flags).Array[1, 24].Sample(steps =>
        {
            var ours = MapKinds.Create(1, spec, 1).Value;
            using var theirs = new KernelMap(spec);
            foreach (var (act, number, bytes, flags) in steps)
            {
                var key = BitConverter.GetBytes(number);
                string left = act switch
                {
                    Act.Update => $"{ours.UpdateAll(key, bytes, flags)}",
                    Act.Delete => $"{ours.Delete(key)}",
                    _ => ours.Find(key, 0) is >= 0 and var at ? Convert.ToHexString(ours.Storage, at, valueSize) : "absent",
                };
                string right = act switch
                {
                    Act.Update => $"{-(int)theirs.Update(key, bytes, flags)}",
                    Act.Delete => $"{-(int)theirs.Delete(key)}",
                    _ => theirs.Lookup(key) is { } values ? Convert.ToHexString(values[0]) : "absent",
                };
                if (left != right) throw new InvalidOperationException($"{act} key {number} value {Convert.ToHexString(bytes)} flags 0x{flags:x}: card {left}, kernel {right}");
            }
            SameEntries(ours, theirs);
        }, iter: HostSequences, threads: 1, print: steps => string.Join('\n', steps.Select(s => $"{s.Item1} key {s.Item2} value {Convert.ToHexString(s.Item3)} flags 0x{s.Item4:x}")));
    }

    [Test]
    public void A_prog_array_from_the_host()
    {
        var spec = Spec(MapType.ProgramArray) with { ValueSize = 4 };
        var target = ProgramText.Program("target", "r0 = 2\nexit");
        using var kernelProgram = new KernelProgram(target, _ => throw new InvalidOperationException());
        var program = LoadedProgram.Load(1, target, _ => throw new InvalidOperationException()).Value;
        Steps(Act.Update, Act.Delete).Sample(steps =>
        {
            var ours = (ProgramArrayMap)MapKinds.Create(1, spec, 1).Value;
            using var theirs = new KernelMap(spec);
            foreach (var step in steps)
            {
                int left = step.Act == Act.Update ? ours.Set(Key(step), program) : ours.Delete(Key(step));
                int right = -(int)(step.Act == Act.Update ? theirs.Update(Key(step), kernelProgram) : theirs.Delete(Key(step)));
                if (left != right) throw new InvalidOperationException($"{step}: card {left}, kernel {right}");
            }
            Assert.That(ours.Entries().Select(e => e.Key), Is.EqualTo(theirs.Entries().Select(e => e.Key)));
        }, iter: HostSequences, threads: 1, print: Print);
    }

    [Test]
    public void From_a_program([ValueSource(nameof(Types))] MapType type)
    {
        // In an LRU map of the kernel a replaced value's element goes to a CPU-local list, and what a kept pointer then shows is chance.
        Act[] acts = [.. Enum.GetValues<Act>().Where(a => type is not (MapType.LruHash or MapType.LruPerCpuHash) || a < Act.Hold)];
        Steps(acts).Sample(steps =>
        {
            var map = Spec(type);
            var results = new MapSpec { Name = "results", Type = MapType.Array, KeySize = 4, ValueSize = 8 * steps.Length, MaxEntries = 1 };
            var program = ProgramText.Program("sequence", Text(steps));

            using var pin = new CpuPin(0);
            using var theirMap = new KernelMap(map);
            using var theirResults = new KernelMap(results);
            using var theirs = new KernelProgram(program, name => name == "map" ? theirMap : theirResults);
            theirs.Run(new byte[64]);

            foreach (var target in Targets.All)
            {
                var ours = new KernelRig(target, [program], [map, results], cpus: CpuPin.Possible);
                var batch = new PacketBatch(1);
                batch.Add(new byte[64]);
                ours.Kernel.Run(batch);
                if (batch.Verdicts[0] != new Verdict(XdpAction.Pass)) throw new InvalidOperationException($"{target.Name}: {batch.Verdicts[0]}");
                SameAnswers(steps, ours.Map("results").Entries()[0].Values[0], theirResults.Lookup(new byte[4])![0]);
                SameEntries(ours.Map("map"), theirMap);
            }
        }, iter: ProgramSequences, threads: 1, print: Print);
    }

    static Gen<Step[]> Steps(params Act[] acts) =>
        Gen.Select(Gen.OneOf(acts), Gen.Frequency((3, Gen.Int[0, 2]), (1, Gen.Int[3, KeyCount - 1])), Gen.Int[1, 99], Flags, Gen.Int[7, 9], (act, key, value, flags, held) =>
            new Step(act, key, value, flags, held)).Array[1, 24];

    static string Print(Step[] steps) => string.Join('\n', steps.AsEnumerable());

    static MapSpec Spec(MapType type) => new()
    {
        Name = "map",
        Type = type,
        KeySize = 4,
        ValueSize = ValueBytes,
        MaxEntries = type is MapType.LruHash or MapType.LruPerCpuHash ? LruCapacity : Capacity,
    };

    static byte[] Key(Step step)
    {
        var key = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(key, step.Key);
        return key;
    }

    static byte[] Value(Step step)
    {
        var value = new byte[ValueBytes];
        BinaryPrimitives.WriteInt32LittleEndian(value, step.Value);
        return value;
    }

    static string OnHost(Map map, Step step) => step.Act switch
    {
        Act.Update => $"{map.UpdateAll(Key(step), Value(step), step.Flags)}",
        Act.Delete => $"{map.Delete(Key(step))}",
        _ => map.Find(Key(step), 0) is >= 0 and var at ? Convert.ToHexString(map.Storage, at, ValueBytes) : "absent",
    };

    static string OnHost(KernelMap map, Step step) => step.Act switch
    {
        Act.Update => $"{-(int)map.Update(Key(step), Value(step), step.Flags)}",
        Act.Delete => $"{-(int)map.Delete(Key(step))}",
        _ => map.Lookup(Key(step)) is { } values ? Convert.ToHexString(values[0]) : "absent",
    };

    static void SameEntries(Map ours, KernelMap theirs)
    {
        var left = ours.Entries().Select(e => new KernelMapEntry(e.Key, e.Values).ToString());
        var right = theirs.Entries().Select(e => e.ToString());
        if (!left.SequenceEqual(right)) throw new InvalidOperationException($"card: {string.Join("; ", left)}\nkernel: {string.Join("; ", right)}");
    }

    static void SameAnswers(Step[] steps, byte[] ours, byte[] theirs)
    {
        for (int n = 0; n < steps.Length; n++)
        {
            long left = BitConverter.ToInt64(ours, 8 * n), right = BitConverter.ToInt64(theirs, 8 * n);
            if (left != right) throw new InvalidOperationException($"step {n}, {steps[n]}: card {left}, kernel {right}");
        }
    }

    /// <summary>Each step leaves what it was answered or read in its own word of the results; r7 to r9 keep pointers, null at first.</summary>
    static string Text(Step[] steps)
    {
        const string key = "r1 = map(map)\nr2 = r10\nr2 += -4";
        var lines = new List<string> { "r7 = 0", "r8 = 0", "r9 = 0" };
        for (int n = 0; n < steps.Length; n++)
        {
            var step = steps[n];
            string held = $"r{step.Held}";
            lines.Add($"*(u32 *)(r10 - 4) = {step.Key}\n*(u64 *)(r10 - 16) = {step.Value}");
            lines.Add(step.Act switch
            {
                Act.Update => $"{key}\nr3 = r10\nr3 += -16\nr4 = 0x{step.Flags:x} ll\ncall 2",
                Act.UpdateFromHeld => $"r0 = -1\nif {held} == 0 goto skip{n}\n{key}\nr3 = {held}\nr4 = 0x{step.Flags:x} ll\ncall 2",
                Act.Delete => $"{key}\ncall 3",
                Act.Lookup => $"{key}\ncall 1\nif r0 == 0 goto skip{n}\nr0 = *(u64 *)(r0 + 0)",
                Act.Write => $"{key}\ncall 1\nif r0 == 0 goto skip{n}\n*(u64 *)(r0 + 0) = {step.Value}\nr0 = 1",
                Act.Hold => $"{key}\ncall 1\n{held} = r0\nif r0 == 0 goto skip{n}\nr0 = 1",
                Act.ReadHeld => $"r0 = -1\nif {held} == 0 goto skip{n}\nr0 = *(u64 *)({held} + 0)",
                _ => $"r0 = -1\nif {held} == 0 goto skip{n}\n*(u64 *)({held} + 0) = {step.Value}\nr0 = 1",
            });
            lines.Add($"skip{n}:\nr1 = value(results) + {8 * n}\n*(u64 *)(r1 + 0) = r0");
        }
        lines.Add("r0 = 2\nexit");
        return string.Join('\n', lines);
    }
}
