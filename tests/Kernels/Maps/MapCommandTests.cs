using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;
using KernelErrno = Chainring.Host.Driver.Peers.Errno;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>The host's commands: batches, freezing and access flags answer as bpf(2) does.</summary>
public sealed class MapCommandTests
{
    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    static IEnumerable<MapType> Types => MapKinds.Types;

    static readonly MapType[] Keyed =
        [MapType.Hash, MapType.LruHash, MapType.Array, MapType.LpmTrie, MapType.PerCpuHash, MapType.LruPerCpuHash, MapType.PerCpuArray];

    /// <summary>Kinds that have no batches, and maps of maps, whose batches of updates are descriptors (see <see cref="MapOfMapsSequenceTests"/>).</summary>
    static IEnumerable<MapType> Batchless => MapKinds.Types.Except(Keyed).Except([MapType.ArrayOfMaps, MapType.HashOfMaps]);

    /// <summary>Of a map that has been made, filled with nothing and, if asked, frozen.</summary>
    [Test]
    public void Access_is_refused_as_the_kernel_refuses_it([ValueSource(nameof(Types))] MapType type, [Values(MapFlags.None, MapFlags.ReadOnly, MapFlags.WriteOnly)] MapFlags access, [Values] bool frozen)
    {
        // These have no such flags, and the kernel's reader of a ring buffer can write it, so that it cannot be frozen.
        if (type is MapType.CpuMap or MapType.RingBuffer && (access != MapFlags.None || (type == MapType.RingBuffer && frozen))) return;
        var spec = SomeMap.Of(type);
        spec = spec with { Flags = spec.Flags | access };
        var ours = MapKinds.Create(1, spec, CpuPin.Possible).Value;
        using var theirs = new KernelMap(spec);
        if (frozen)
        {
            Assert.That(MapCommands.Freeze(ours), Is.EqualTo(access == MapFlags.ReadOnly ? -Chainring.Kernels.Errno.NotPermitted : 0));
            if (access == MapFlags.ReadOnly) Assert.That(() => Bpf.Freeze(theirs.Fd), RunTests.Refuses(KernelErrno.EPERM));
            else Bpf.Freeze(theirs.Fd);
        }
        byte[] key = new byte[spec.KeySize], value = new byte[Math.Max(1, spec.ValueSize) * 8 * CpuPin.Possible];
        Assert.Multiple(() =>
        {
            // Whether a descriptor that is none is looked at before the map is the kernel's own affair.
            if (type is not (MapType.ProgramArray or MapType.PerfEventArray or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.XskMap or MapType.RingBuffer) || frozen || access == MapFlags.ReadOnly)
                Assert.That(MapCommands.Update(ours, key, new byte[spec.ValueSize], 8), Is.EqualTo(-(int)Bpf.Update(theirs.Fd, key, value, 8)), "update");
            Assert.That(MapCommands.Lookup(ours, key, value), Is.EqualTo(-(int)Bpf.Lookup(theirs.Fd, key, value)), "lookup");
            Assert.That(MapCommands.LookupAndDelete(ours, key, value), Is.EqualTo(-(int)Bpf.LookupAndDelete(theirs.Fd, key, value)), "lookup and delete");
            Assert.That(MapCommands.Delete(ours, key), Is.EqualTo(-(int)Bpf.Delete(theirs.Fd, key)), "delete");
        });
    }

    [Test]
    public void Batches_are_dealt_with_as_in_the_kernel([ValueSource(nameof(Keyed))] MapType type) =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 9].Array[0, 12], Gen.OneOf(0UL, 0UL, 0UL, 1UL, 8UL)).Array[1, 10].Sample(steps =>
        {
            var spec = SomeMap.Of(type, entries: type is MapType.LruHash or MapType.LruPerCpuHash ? 256 : 6);
            var ours = MapKinds.Create(1, spec, CpuPin.Possible).Value;
            using var theirs = new KernelMap(spec);
            foreach (var (command, numbers, flags) in steps)
            {
                byte[] keys = [.. numbers.SelectMany(n => (byte[])(type == MapType.LpmTrie ? [32, 0, 0, 0, 0, 0, 0, (byte)n] : [(byte)n, 0, 0, 0]))];
                byte[] values = [.. numbers.SelectMany(n => Value(ours, n))];
                string left = Do(command, ours, keys.ToArray(), values.ToArray(), numbers.Length, flags), right = Do(command, theirs, keys, values, numbers.Length, flags);
                if (left != right) throw new InvalidOperationException($"command {command} keys {string.Join(' ', numbers)} flags {flags}: card {left}, kernel {right}");
            }
        }, iter: 300, threads: 1);

    [Test]
    public void Kinds_without_batches_say_so([ValueSource(nameof(Batchless))] MapType type, [Values(0, 1, 2, 3)] int command, [Values] bool frozen)
    {
        if (type == MapType.RingBuffer && frozen) return; // the kernel's reader can write it
        var spec = SomeMap.Of(type);
        var ours = MapKinds.Create(1, spec, CpuPin.Possible).Value;
        using var theirs = new KernelMap(spec);
        if (frozen)
        {
            MapCommands.Freeze(ours);
            Bpf.Freeze(theirs.Fd);
        }
        byte[] keys = new byte[8 * Math.Max(1, spec.KeySize)], values = new byte[8 * Math.Max(1, spec.ValueSize)];
        Assert.That(Do(command, ours, keys, values, 1, 0), Is.EqualTo(Do(command, theirs, keys, values, 1, 0)));
    }

    /// <summary>Of a per-CPU map another one for each CPU, 8 bytes apart.</summary>
    static byte[] Value(Map map, int number) => MapKinds.IsPerCpu(map.Spec.Type)
        ? [.. Enumerable.Range(0, map.Cpus).SelectMany(cpu => BitConverter.GetBytes((long)(number + 1 + 100 * cpu)))]
        : BitConverter.GetBytes(number + 1);

    static string Do(int command, Map map, byte[] keys, byte[] values, int count, ulong flags)
    {
        int answer = command switch
        {
            0 => MapCommands.UpdateBatch(map, keys, values, ref count, flags),
            1 => MapCommands.DeleteBatch(map, keys, ref count, flags),
            _ => 0,
        };
        if (command < 2) return $"{answer}, {(answer is -Chainring.Kernels.Errno.NotSupported or -Chainring.Kernels.Errno.Invalid ? 0 : count)}";

        // With room for everything, so that where buckets end does not matter.
        (keys, values, count) = (new byte[300 * map.Spec.KeySize], new byte[300 * MapCommands.ValueBytes(map)], 300);
        answer = command == 2 ? MapCommands.LookupBatch(map, [], keys, values, ref count, flags) : MapCommands.LookupAndDeleteBatch(map, [], keys, values, ref count, flags);
        return $"{answer}, {Show(keys, values, answer == -Chainring.Kernels.Errno.NoEntry ? count : 0, map.Spec.KeySize, MapCommands.ValueBytes(map))}";
    }

    static string Do(int command, KernelMap map, byte[] keys, byte[] values, int count, ulong flags)
    {
        uint number = command < 2 ? (uint)count : 300;
        int size = map.IsPerCpu ? 8 * CpuPin.Possible : map.Spec.ValueSize;
        if (command >= 2) (keys, values) = (new byte[300 * map.Spec.KeySize], new byte[300 * size]);
        int code = command switch { 0 => Bpf.UpdateBatch, 1 => Bpf.DeleteBatch, 2 => Bpf.LookupBatch, _ => Bpf.LookupAndDeleteBatch };
        int answer = -(int)Bpf.Batch(code, map.Fd, [], new byte[300], keys, values, ref number, flags);
        if (command < 2) return $"{answer}, {(answer is -Chainring.Kernels.Errno.NotSupported or -Chainring.Kernels.Errno.Invalid ? 0 : number)}";
        return $"{answer}, {Show(keys, values, answer == -Chainring.Kernels.Errno.NoEntry ? (int)number : 0, map.Spec.KeySize, size)}";
    }

    static string Show(byte[] keys, byte[] values, int count, int keySize, int valueSize) => string.Join("; ", Enumerable.Range(0, count)
        .Select(n => $"{Convert.ToHexString(keys, n * keySize, keySize)}={Convert.ToHexString(values, n * valueSize, valueSize)}").Order(StringComparer.Ordinal));
}
