using System.Runtime.InteropServices;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>Keys that are looked up together are found as they are one by one, in maps near the processor and far from it.</summary>
public sealed class FindEachTests
{
    const int Rounds = 2_000;

    /// <summary>Lengths of keys for which there is code of its own, and others.</summary>
    static IEnumerable<TestCaseData> Maps =>
        from map in new (MapType Type, int[] KeyBytes)[] { (MapType.Hash, [4, 7, 8, 12, 13, 16, 24]), (MapType.LruHash, [4]), (MapType.PerCpuHash, [4, 16]), (MapType.LpmTrie, [8, 12, 20, 7, 24]), (MapType.Array, [4]) }
        from bytes in map.KeyBytes
        from entries in new[] { 100, 40_000 }
        from lanes in new[] { 2, 8 }
        select new TestCaseData(map.Type, bytes, entries, lanes);

    [TestCaseSource(nameof(Maps))]
    public unsafe void Keys_are_found_together_as_one_by_one(MapType type, int keyBytes, int entries, int lanes)
    {
        var spec = SomeMap.Of(type, entries: entries) with { KeySize = keyBytes };
        var map = MapKinds.Create(1, spec, cpus: 2).Value;
        var random = new SplitMix64((ulong)entries);
        for (int n = 0; n < entries; n++) map.UpdateAll(Key(spec, ref random, entries), BitConverter.GetBytes(n), UpdateFlags.Any);

        nint memory = (nint)NativeMemory.AllocZeroed((nuint)lanes, (nuint)spec.KeySize);
        try
        {
            int found = 0;
            for (int round = 0; round < Rounds; round++)
            {
                int wanted = random.Below(1 << lanes);
                var keys = new nint[lanes];
                var values = new nint[lanes];
                for (int lane = 0; lane < lanes; lane++)
                {
                    // Where nothing is wanted there is no key, either.
                    if ((wanted >> lane & 1) == 0) continue;
                    keys[lane] = memory + lane * spec.KeySize;
                    Key(spec, ref random, entries).CopyTo(new Span<byte>((void*)keys[lane], spec.KeySize));
                }
                map.FindEach(keys, wanted, cpu: 1, values);
                for (int lane = 0; lane < lanes; lane++)
                {
                    if ((wanted >> lane & 1) == 0) continue;
                    int offset = map.Find(new((void*)keys[lane], spec.KeySize), cpu: 1);
                    Assert.That(values[lane], Is.EqualTo(offset < 0 ? 0 : map.StorageAddress + offset));
                    if (offset >= 0) found++;
                }
            }
            Assert.That(found, Is.InRange(1, Rounds * lanes / 2));
        }
        finally
        {
            NativeMemory.Free((void*)memory);
        }
    }

    /// <summary>Keys that are there throughout are found, and others are not, while a writer changes what is around them.</summary>
    [Test]
    public unsafe void Keys_are_found_together_while_others_come_and_go([Values(MapType.Hash, MapType.LpmTrie)] MapType type)
    {
        const int staying = 8, coming = 56, rounds = 200_000;
        var map = MapKinds.Create(1, SomeMap.Of(type, entries: staying + coming), cpus: 1).Value;
        for (int n = 0; n < staying; n++) map.UpdateAll(Number(n), BitConverter.GetBytes(n), UpdateFlags.Any);
        bool isDone = false;
        var writer = Task.Run(() =>
        {
            var random = new SplitMix64(1);
            while (!Volatile.Read(ref isDone))
            {
                byte[] key = Number(staying + random.Below(coming));
                if (random.Below(2) == 0) map.UpdateAll(key, BitConverter.GetBytes(-1), UpdateFlags.Any);
                else map.Delete(key);
                // A value that is replaced lies in another slot.
                int n = random.Below(staying);
                map.UpdateAll(Number(n), BitConverter.GetBytes(n), UpdateFlags.Any);
            }
        });
        nint memory = (nint)NativeMemory.AllocZeroed(8, (nuint)map.Spec.KeySize);
        try
        {
            nint[] keys = [.. Enumerable.Range(0, 8).Select(lane => memory + lane * map.Spec.KeySize)], values = new nint[8];
            for (int round = 0; round < rounds; round++)
            {
                // The last one is never there.
                for (int lane = 0; lane < 8; lane++) Number(lane == 7 ? staying + coming : (round + lane) % staying).CopyTo(new Span<byte>((void*)keys[lane], map.Spec.KeySize));
                map.FindEach(keys, 0xff, cpu: 0, values);
                Assert.That(values.Select(v => v != 0), Is.EqualTo(Enumerable.Range(0, 8).Select(lane => lane != 7)), $"round {round}");
            }
        }
        finally
        {
            Volatile.Write(ref isDone, true);
            writer.Wait();
            NativeMemory.Free((void*)memory);
        }

        byte[] Number(int number) => type == MapType.LpmTrie ? [32, 0, 0, 0, (byte)(number * 37), 0, 0, (byte)number] : [(byte)number, 0, 0, 0];
    }

    /// <summary>Half of them are there; of a trie some lengths are too long.</summary>
    static byte[] Key(MapSpec spec, ref SplitMix64 random, int entries)
    {
        byte[] key = new byte[spec.KeySize];
        int number = random.Below(2 * entries) * (spec.Type == MapType.LpmTrie ? 40_503 : 1);
        // The end is the number, and what is before it follows from it.
        for (int n = 0; n < key.Length; n++) key[^(n + 1)] = (byte)((uint)(number * (n / 4 * 2 + 1)) >> 24 - n % 4 * 8);
        if (spec.Type == MapType.LpmTrie) BitConverter.TryWriteBytes(key, random.Below(4) + 8 * random.Below(spec.KeySize - 3));
        return key;
    }
}
