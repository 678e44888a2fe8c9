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
    const int Lanes = 8, Rounds = 2_000;

    [Test]
    public unsafe void Keys_are_found_together_as_one_by_one([Values(MapType.Hash, MapType.LruHash, MapType.PerCpuHash, MapType.LpmTrie, MapType.Array)] MapType type, [Values(100, 40_000)] int entries)
    {
        var spec = SomeMap.Of(type, entries: entries);
        var map = MapKinds.Create(1, spec, cpus: 2).Value;
        var random = new SplitMix64((ulong)entries);
        for (int n = 0; n < entries; n++) map.UpdateAll(Key(spec, ref random, entries), BitConverter.GetBytes(n), UpdateFlags.Any);
        if (type == MapType.LpmTrie) Assert.That(map.MemoryBytes, entries > 100 ? Is.GreaterThan(1 << 20) : Is.LessThan(1 << 20), "one by one when near, together when far");

        nint memory = (nint)NativeMemory.AllocZeroed(Lanes, (nuint)spec.KeySize);
        try
        {
            int found = 0;
            for (int round = 0; round < Rounds; round++)
            {
                int wanted = random.Below(1 << Lanes);
                var keys = new nint[Lanes];
                var values = new nint[Lanes];
                for (int lane = 0; lane < Lanes; lane++)
                {
                    // Where nothing is wanted there is no key, either.
                    if ((wanted >> lane & 1) == 0) continue;
                    keys[lane] = memory + lane * spec.KeySize;
                    Key(spec, ref random, entries).CopyTo(new Span<byte>((void*)keys[lane], spec.KeySize));
                }
                map.FindEach(keys, wanted, cpu: 1, values);
                for (int lane = 0; lane < Lanes; lane++)
                {
                    if ((wanted >> lane & 1) == 0) continue;
                    int offset = map.Find(new((void*)keys[lane], spec.KeySize), cpu: 1);
                    Assert.That(values[lane], Is.EqualTo(offset < 0 ? 0 : map.StorageAddress + offset));
                    if (offset >= 0) found++;
                }
            }
            Assert.That(found, Is.InRange(1, Rounds * Lanes / 2));
        }
        finally
        {
            NativeMemory.Free((void*)memory);
        }
    }

    /// <summary>Half of them are there; of a trie some lengths are too long.</summary>
    static byte[] Key(MapSpec spec, ref SplitMix64 random, int entries)
    {
        byte[] key = new byte[spec.KeySize];
        BitConverter.TryWriteBytes(key.AsSpan(spec.KeySize - sizeof(int)), random.Below(2 * entries) * (spec.Type == MapType.LpmTrie ? 40_503 : 1));
        if (spec.Type == MapType.LpmTrie) key[0] = (byte)(8 + random.Below(26));
        return key;
    }
}
