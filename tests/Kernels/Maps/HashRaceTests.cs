using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>What hashes promise to threads that meet in one: nothing that is there is missed, and they are whole afterwards.</summary>
public sealed class HashRaceTests
{
    const int Capacity = 16, Stable = 6, Writers = 4, Rounds = 400_000;

    static readonly MapType[] Hashes = [MapType.Hash, MapType.PerCpuHash, MapType.LruHash];

    static readonly MapType[] AllHashes = [.. Hashes, MapType.DevMapHash];

    /// <summary>One thread updates the keys that are always there, another adds and deletes others.</summary>
    [Test]
    public void A_key_that_is_always_there_is_always_found([ValueSource(nameof(AllHashes))] MapType type)
    {
        var map = Make(type);
        for (int key = 0; key < Stable; key++) Put(map, key);
        Race.Run(
            [
                () => Repeat(n => Put(map, n % Stable)),
                () => Repeat(n => Toggle(map, Stable + n % (Capacity - Stable))),
            ],
            Look, Look);

        void Look()
        {
            for (int key = 0; key < Stable; key++)
            {
                if (map.Find(Key(key), 0) < 0) throw new InvalidOperationException($"key {key} is missed");
            }
        }
    }

    /// <summary>Its place is its own, though its neighbours in the chain come and go.</summary>
    [Test]
    public void A_key_that_nobody_updates_stays_where_it_is([ValueSource(nameof(Hashes))] MapType type)
    {
        var map = Make(type);
        for (int key = 0; key < Stable; key++) Put(map, key);
        int[] places = [.. Enumerable.Range(0, Stable).Select(key => map.Find(Key(key), 0))];
        Race.Run(
            [.. Enumerable.Range(0, 2).Select<int, Action>(writer => () => Repeat(n => Toggle(map, Stable + n % (Capacity - Stable))))],
            () =>
            {
                for (int key = 0; key < Stable; key++)
                {
                    if (map.Find(Key(key), 0) is var at && at != places[key]) throw new InvalidOperationException($"key {key}: {at}, not {places[key]}");
                }
            });
    }

    /// <summary>Walked through while others come and go in the same buckets.</summary>
    [Test]
    public void A_key_that_nobody_updates_is_met_once([ValueSource(nameof(Hashes))] MapType type)
    {
        var map = Make(type);
        for (int key = 0; key < Stable; key++) Put(map, key);
        Race.Run(
            [.. Enumerable.Range(0, 2).Select<int, Action>(writer => () => Repeat(n => Toggle(map, Stable + n % (Capacity - Stable))))],
            Walk, Walk);

        void Walk()
        {
            var (cursor, walked) = (default(MapCursor), (IWalkedMap)map);
            Span<int> met = stackalloc int[Stable];
            while (walked.TryNext(ref cursor))
            {
                if (BinaryPrimitives.ReadInt32LittleEndian(walked.KeyAt(ref cursor)) is >= 0 and < Stable and var key) met[key]++;
            }
            foreach (int times in met)
            {
                if (times != 1) throw new InvalidOperationException($"met {times} times");
            }
        }
    }

    /// <summary>Keys of two halves that differ come and go in the same few places; one of two equal halves is never among them.</summary>
    [Test]
    public void A_key_that_is_never_there_is_never_found([Values(MapType.Hash, MapType.LruHash)] MapType type)
    {
        const int half = 40;
        var map = (HashMap)MapKinds.Create(1, Spec(type) with { KeySize = 2 * half, MaxEntries = 2 }, 1).Value;
        byte[][] keys = [.. from first in Enumerable.Range(1, 4) from second in Enumerable.Range(1, 4) where first != second select Halves(first, second)];
        byte[][] never = [.. Enumerable.Range(1, 4).Select(n => Halves(n, n))];
        Race.Run(
            [() => Repeat(n =>
            {
                map.UpdateAll(keys[n % keys.Length], new byte[8], UpdateFlags.Any);
                map.Delete(keys[n % keys.Length]);
            })],
            () =>
            {
                foreach (byte[] key in never)
                {
                    if (map.Find(key, 0) >= 0) throw new InvalidOperationException($"key of two {key[0]} is found");
                }
            });

        static byte[] Halves(int first, int second) => [.. Enumerable.Repeat((byte)first, half), .. Enumerable.Repeat((byte)second, half)];
    }

    [Test]
    public void After_a_race_the_map_is_whole([ValueSource(nameof(AllHashes))] MapType type)
    {
        var map = Make(type);
        Race.Run(
            [.. Enumerable.Range(0, Writers).Select<int, Action>(writer => () =>
            {
                var random = new Random(writer);
                Repeat(n =>
                {
                    int key = random.Next(2 * Capacity);
                    switch (random.Next(3))
                    {
                        case 0: map.Delete(Key(key)); break;
                        case 1: map.Find(Key(key), 0); break;
                        default: Update(map, key, (ulong)random.Next(3)); break;
                    }
                });
            })]);
        IsWhole(map);
    }

    /// <summary>Every entry has the value that was written with its key.</summary>
    [Test]
    public void Entries_show_each_key_once_while_others_change_it([ValueSource(nameof(AllHashes))] MapType type)
    {
        var map = Make(type);
        for (int key = 0; key < Stable; key++) Put(map, key);
        Race.Run(
            [
                () => Repeat(n => Put(map, n % Stable)),
                () => Repeat(n => Toggle(map, Stable + n % (Capacity - Stable))),
            ],
            () =>
            {
                var entries = map.Entries();
                var keys = entries.Select(e => BinaryPrimitives.ReadInt32LittleEndian(e.Key)).ToList();
                Assert.That(keys, Is.Unique);
                Assert.That(keys, Is.SupersetOf(Enumerable.Range(0, Stable)));
                Assert.That(entries.All(e => e.Values.All(value => value.SequenceEqual(Value(map, e.Key)))));
            });
        IsWhole(map);
    }

    [Test]
    public void Of_several_threads_one_adds_a_key_and_one_deletes_it([ValueSource(nameof(AllHashes))] MapType type)
    {
        var map = Make(type);
        int added = 0, deleted = 0;
        Race.Run(
            [.. Enumerable.Range(0, Writers).Select<int, Action>(_ => () => Repeat(n =>
            {
                if (Update(map, n % 3, UpdateFlags.NoExist) == 0) Interlocked.Increment(ref added);
                if (map.Delete(Key(n % 3)) == 0) Interlocked.Increment(ref deleted);
            }))]);
        Assert.That(added, Is.EqualTo(deleted));
        Assert.That(map.Count, Is.Zero);
        IsWhole(map);
    }

    /// <summary>As when a program hands over a value of another map as the key.</summary>
    [Test]
    public void A_key_that_changes_during_an_update_leaves_the_map_whole([ValueSource(nameof(Hashes))] MapType type)
    {
        var map = Make(type);
        byte[] shared = Key(0);
        Race.Run(
            [() => Repeat(n => map.UpdateAll(shared, shared, UpdateFlags.Any))],
            () =>
            {
                for (int key = 0; key < Capacity; key++) Volatile.Write(ref shared[0], (byte)key);
            });
        IsWhole(map);
    }

    /// <summary>What it shows is what it finds, and its places are all there: it takes as many keys as it should.</summary>
    static void IsWhole(HashMap map)
    {
        var entries = map.Entries();
        Assert.That(entries, Has.Count.EqualTo(map.Count));
        Assert.That(entries.Select(e => Convert.ToHexString(e.Key)), Is.Unique);
        Assert.That(entries.Select(e => map.Find(e.Key, 0)), Is.Unique.And.All.GreaterThanOrEqualTo(0));

        for (int key = 1000; map.Count < Capacity; key++) Put(map, key);
        bool evicts = map.Spec.Type == MapType.LruHash;
        Assert.That(Update(map, 2000), Is.EqualTo(evicts ? 0 : -Errno.TooBig));
        Assert.That(map.Entries(), Has.Count.EqualTo(Capacity));
        foreach (var entry in map.Entries())
        {
            Assert.That(map.UpdateAll(entry.Key, entry.Values[0], UpdateFlags.Exist), Is.Zero);
            Assert.That(map.Delete(entry.Key), Is.Zero);
        }
        Assert.That((map.Count, map.Entries().Count), Is.EqualTo((0, 0)));
        for (int key = 0; key < Capacity; key++) Put(map, key);
        Assert.That(map.Entries().Select(e => map.Find(e.Key, 0)), Is.Unique.And.All.GreaterThanOrEqualTo(0));
    }

    static void Repeat(Action<int> action)
    {
        for (int n = 0; n < Rounds; n++) action(n);
    }

    static void Toggle(HashMap map, int key)
    {
        if (map.Delete(Key(key)) != 0) Put(map, key);
    }

    static void Put(HashMap map, int key)
    {
        if (Update(map, key) is not 0 and var error) throw new InvalidOperationException($"key {key}: {error}");
    }

    static int Update(HashMap map, int key, ulong flags = UpdateFlags.Any) => map.UpdateAll(Key(key), Value(map, Key(key)), flags);

    /// <summary>As long as the map's, and beginning with a number that belongs to the key and is not 0.</summary>
    static byte[] Value(HashMap map, byte[] key)
    {
        var value = new byte[map.Spec.ValueSize];
        BinaryPrimitives.WriteInt32LittleEndian(value, BinaryPrimitives.ReadInt32LittleEndian(key) + 1);
        return value;
    }

    static byte[] Key(int number) => BitConverter.GetBytes(number);

    static HashMap Make(MapType type) => (HashMap)MapKinds.Create(1, Spec(type), cpus: 2).Value;

    static MapSpec Spec(MapType type) => new() { Name = "map", Type = type, KeySize = 4, ValueSize = type == MapType.DevMapHash ? 4 : 8, MaxEntries = Capacity };
}
