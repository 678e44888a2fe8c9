using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;
using KernelErrno = Chainring.Host.Driver.Peers.Errno;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>Maps of maps: the same random operations here and in the kernel, by the host on the outer map and by a program on what it finds in it.</summary>
public sealed class MapOfMapsSequenceTests
{
    const int Capacity = 4, KeyCount = Capacity + 2, BatchRoom = 16;

    /// <summary>Few by the host: the kernel waits for all its CPUs whenever it takes a map out of another.</summary>
    const int HostSequences = 15, ProgramSequences = 20;

    static readonly MapType[] Outer = [MapType.ArrayOfMaps, MapType.HashOfMaps];

    static readonly MapType[] Inner = [MapType.Array, MapType.Hash, MapType.LruHash, MapType.PerCpuArray, MapType.PerCpuHash, MapType.LpmTrie];

    static readonly Gen<ulong> Flags = Gen.Frequency((8, Gen.Const(UpdateFlags.Any)), (3, Gen.OneOf(UpdateFlags.NoExist, UpdateFlags.Exist)), (1, Gen.OneOf(3UL, 4UL, 8UL, 1UL << 32)));

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    enum Act { Set, Delete, Lookup, LookupAndDelete, LookupBatch, DeleteBatch, LookupAndDeleteBatch, Freeze }

    sealed record Step(Act Act, int Key, int Inner, ulong Flags)
    {
        public override string ToString() => $"{Act} key {Key} inner {Inner} flags 0x{Flags:x}";
    }

    static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Act.Set)), (4, Gen.Const(Act.Delete)), (5, Gen.Const(Act.Lookup)), (1, Gen.Const(Act.LookupAndDelete)), (2, Gen.Const(Act.LookupBatch)),
            (1, Gen.Const(Act.DeleteBatch)), (1, Gen.Const(Act.LookupAndDeleteBatch)), (1, Gen.Const(Act.Freeze))),
        Gen.Int[0, KeyCount - 1], Gen.Int[0, 7], Flags, (act, key, inner, flags) => new Step(act, key, inner, flags)).Array[1, 20];

    /// <summary>The first three are like the template; each of the others differs from it in one thing.</summary>
    static MapSpec[] Candidates(MapSpec template) =>
    [
        template with { Name = "one" }, template with { Name = "two" }, template with { Name = "three" },
        template with { Name = "longer", MaxEntries = template.MaxEntries + 1 },
        template with { Name = "wider", ValueSize = template.ValueSize + 8 },
        template with { Name = "flagged", Flags = template.Flags | MapFlags.ReadOnlyForPrograms },
        SomeMap.Of(template.Type == MapType.Hash ? MapType.LruHash : MapType.Hash, "other"),
        SomeMap.Of(MapType.Queue, "queue"),
    ];

    [Test]
    public void From_the_host([ValueSource(nameof(Outer))] MapType outer, [ValueSource(nameof(Inner))] MapType inner) => Steps.Sample(steps =>
    {
        var template = SomeMap.Of(inner, "inner");
        var spec = SomeMap.Of(outer, entries: Capacity) with { Inner = template };
        var candidates = Candidates(template);
        var card = new SmartNic(new CardOptions { Target = Targets.Reference });
        var ours = card.CreateMap(spec).Value;
        Map[] ourInner = [.. candidates.Select(c => card.CreateMap(c).Value)];
        using var theirs = new KernelMap(spec);
        KernelMap[] theirInner = [.. candidates.Select(c => new KernelMap(c))];
        try
        {
            var ourNames = ourInner.ToDictionary(m => m.Id, m => m.Spec.Name);
            var theirNames = theirInner.Take(4).ToDictionary(m => m.InnerId(), m => m.Spec.Name);
            foreach (var step in steps)
            {
                string left = Do(step, card, ours, ourInner[step.Inner], ourNames), right = Do(step, theirs, theirInner[step.Inner], theirNames);
                if (left != right) throw new InvalidOperationException($"{step}: card {left}, kernel {right}");
            }
            string mine = string.Join("; ", ours.Entries().Select(e => $"{Convert.ToHexString(e.Key)} {ourNames[BitConverter.ToUInt32(e.Values[0])]}"));
            string kernels = string.Join("; ", theirs.Entries().Select(e => $"{Convert.ToHexString(e.Key)} {System.Text.Encoding.UTF8.GetString(e.Values[0])}"));
            if (mine != kernels) throw new InvalidOperationException($"card {mine}, kernel {kernels}");
        }
        finally
        {
            foreach (var map in theirInner) map.Dispose();
        }
    }, iter: HostSequences, threads: 1, print: steps => string.Join('\n', steps.AsEnumerable()));

    static string Do(Step step, SmartNic card, Map outer, Map inner, Dictionary<uint, string> names)
    {
        byte[] key = BitConverter.GetBytes(step.Key), value = new byte[4];
        byte[] keys = new byte[4 * BatchRoom], values = new byte[4 * BatchRoom];
        int count = BatchRoom, one = 1;
        switch (step.Act)
        {
            case Act.Set: return $"{card.SetInnerMap(outer, key, inner, step.Flags)}";
            case Act.Delete: return $"{card.SetInnerMap(outer, key, null)}";
            case Act.Lookup: return MapCommands.Lookup(outer, key, value) is var found and not 0 ? $"{found}" : names[BitConverter.ToUInt32(value)];
            case Act.LookupAndDelete: return $"{MapCommands.LookupAndDelete(outer, key, value)}";
            case Act.LookupBatch: return Show(MapCommands.LookupBatch(outer, [], keys, values, ref count), keys, values, count, names);
            case Act.LookupAndDeleteBatch: return Show(MapCommands.LookupAndDeleteBatch(outer, [], keys, values, ref count), keys, values, count, names);
            case Act.DeleteBatch: return $"{MapCommands.DeleteBatch(outer, key, ref one)}";
            default: return $"{MapCommands.Freeze(outer)}";
        }
    }

    static string Do(Step step, KernelMap outer, KernelMap inner, Dictionary<uint, string> names)
    {
        byte[] key = BitConverter.GetBytes(step.Key), value = new byte[4];
        byte[] keys = new byte[4 * BatchRoom], values = new byte[4 * BatchRoom];
        uint count = BatchRoom, one = 1;
        switch (step.Act)
        {
            case Act.Set: return $"{-(int)outer.Update(key, inner, step.Flags)}";
            case Act.Delete: return $"{-(int)outer.Delete(key)}";
            case Act.Lookup: return Bpf.Lookup(outer.Fd, key, value) is var found and not KernelErrno.None ? $"{-(int)found}" : names[BitConverter.ToUInt32(value)];
            case Act.LookupAndDelete: return $"{-(int)Bpf.LookupAndDelete(outer.Fd, key, value)}";
            case Act.LookupBatch: return Show(-(int)Bpf.Batch(Bpf.LookupBatch, outer.Fd, [], new byte[64], keys, values, ref count), keys, values, (int)count, names);
            case Act.LookupAndDeleteBatch:
                int answer = -(int)Bpf.Batch(Bpf.LookupAndDeleteBatch, outer.Fd, [], new byte[64], keys, values, ref count);
                if (answer == -Chainring.Kernels.Errno.NoEntry) outer.Forget();
                return Show(answer, keys, values, (int)count, names);
            case Act.DeleteBatch:
                int deleted = -(int)Bpf.Batch(Bpf.DeleteBatch, outer.Fd, [], [], key, [], ref one);
                if (deleted == 0) outer.Forget(key);
                return $"{deleted}";
            default: return $"{-(int)Bpf.TryFreeze(outer.Fd)}";
        }
    }

    static string Show(int answer, byte[] keys, byte[] values, int count, Dictionary<uint, string> names) => answer != -Chainring.Kernels.Errno.NoEntry ? $"{answer}"
        : string.Join("; ", Enumerable.Range(0, count).Select(n => $"{BitConverter.ToInt32(keys, 4 * n)} {names.GetValueOrDefault(BitConverter.ToUInt32(values, 4 * n), "nothing")}").Order(StringComparer.Ordinal));

    /// <summary>Looks for a map, then looks up, updates, deletes or writes in it; absent maps and keys included.</summary>
    [Test]
    public void From_a_program([ValueSource(nameof(Outer))] MapType outer, [ValueSource(nameof(Inner))] MapType inner) =>
        Gen.Select(Gen.Int[0, 2].Array[0, Capacity], Gen.Select(Gen.Int[0, 3], Gen.Int[0, KeyCount - 1], Gen.Int[0, 5], Gen.Int[1, 99], Flags).Array[1, 16]).Sample((placed, steps) =>
        {
            var template = SomeMap.Of(inner, "inner", inner is MapType.LruHash ? 256 : 4) with { ValueSize = 8 };
            MapSpec[] maps =
            [
                SomeMap.Of(outer, "outer", Capacity) with { Inner = template }, BothSides.Results(steps.Length),
                template with { Name = "zero" }, template with { Name = "one" }, template with { Name = "two" },
            ];
            string[] names = ["zero", "one", "two"];
            var where = placed.Select((n, key) => ("outer", BitConverter.GetBytes(key), names[n])).ToList();
            var lines = new List<string>();
            for (int n = 0; n < steps.Length; n++)
            {
                var (act, outerKey, key, value, flags) = steps[n];
                string innerKey = inner == MapType.LpmTrie ? $"*(u32 *)(r10 - 16) = {key * 8}\n*(u32 *)(r10 - 12) = {key * 0x01010101}" : $"*(u32 *)(r10 - 16) = {key}";
                string arguments = "r1 = r6\nr2 = r10\nr2 += -16";
                lines.Add($"*(u32 *)(r10 - 4) = {outerKey}\nr1 = map(outer)\nr2 = r10\nr2 += -4\ncall 1\nr6 = r0\nr0 = -1\nif r6 == 0 goto skip{n}\n{innerKey}\n*(u64 *)(r10 - 24) = {value}");
                lines.Add(act switch
                {
                    0 => $"{arguments}\nr3 = r10\nr3 += -24\nr4 = 0x{flags:x} ll\ncall 2",
                    1 => $"{arguments}\ncall 3",
                    2 => $"{arguments}\ncall 1\nif r0 == 0 goto skip{n}\nr0 = *(u64 *)(r0 + 0)",
                    _ => $"{arguments}\ncall 1\nif r0 == 0 goto skip{n}\n*(u64 *)(r0 + 0) = {value}\nr0 = 1",
                });
                lines.Add($"skip{n}:\n{BothSides.Keep(n)}");
            }
            BothSides.Compare(string.Join('\n', [.. lines, "r0 = 2", "exit"]), maps, where);
        }, iter: ProgramSequences, threads: 1, print: both => $"placed {string.Join(' ', both.Item1)}\n{string.Join('\n', both.Item2.Select(s => $"act {s.Item1} outer {s.Item2} key {s.Item3} value {s.Item4} flags 0x{s.Item5:x}"))}");
}
