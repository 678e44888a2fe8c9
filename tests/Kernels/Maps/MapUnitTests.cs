using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>What maps promise beyond what the kernel's answers show: where values lie, what is evicted, what is too large.</summary>
public sealed class MapUnitTests
{
    [Test]
    public void A_prog_array_takes_programs_of_one_kind_only()
    {
        var spec = new MapSpec { Name = "jumps", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 2 };
        var array = (ProgramArrayMap)MapKinds.Create(1, spec, 1).Value;
        var plain = Load(1, "xdp");
        var frags = Load(2, "xdp.frags");
        Assert.That(new[] { array.Set(Key(0), plain), array.Set(Key(1), frags), array.Set(Key(1), plain) }, Is.EqualTo(new[] { 0, -Errno.Invalid, 0 }));

        static LoadedProgram Load(uint id, string section) =>
            LoadedProgram.Load(id, ProgramText.Program("p", "r0 = 2\nexit", section: section), _ => throw new InvalidOperationException()).Value;
    }

    [Test]
    public void The_place_of_a_deleted_key_is_the_next_one_taken()
    {
        var map = Hash(MapType.Hash);
        for (byte key = 0; key < 3; key++) Put(map, key);
        int place = map.Find(Key(1), 0);
        map.Delete(Key(1));
        Put(map, 9);
        Assert.That(map.Find(Key(9), 0), Is.EqualTo(place));
        Assert.That(map.Find(Key(1), 0), Is.EqualTo(-1));
    }

    [Test]
    public void An_updated_value_moves_to_the_spare_place_and_back()
    {
        var map = Hash(MapType.Hash);
        Put(map, 0, value: 1);
        int first = map.Find(Key(0), 0);
        Put(map, 0, value: 2);
        int second = map.Find(Key(0), 0);
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That((map.Storage[first], map.Storage[second]), Is.EqualTo(((byte)1, (byte)2)));
        Put(map, 0, value: 3);
        Assert.That(map.Find(Key(0), 0), Is.EqualTo(first));
    }

    [Test]
    public void A_full_hash_still_updates_what_it_has()
    {
        var map = Hash(MapType.Hash);
        for (byte key = 0; key < 4; key++) Put(map, key);
        Assert.That(map.UpdateAll(Key(4), new byte[4], UpdateFlags.Any), Is.EqualTo(-Errno.TooBig));
        for (byte key = 0; key < 4; key++) Assert.That(map.UpdateAll(Key(key), new byte[4], UpdateFlags.Any), Is.Zero);
        Assert.That(map.Count, Is.EqualTo(4));
    }

    [Test]
    public void A_per_cpu_value_stays_where_it_is_and_others_start_at_zero()
    {
        var map = (HashMap)MapKinds.Create(1, Spec(MapType.PerCpuHash), cpus: 3).Value;
        map.UpdateAll(Key(0), [9, 9, 9, 9], UpdateFlags.Any);
        int place = map.Find(Key(0), 1);
        map.Delete(Key(0));
        map.Update(Key(0), [7, 7, 7, 7], UpdateFlags.Any, cpu: 1);
        Assert.That(map.Find(Key(0), 1), Is.EqualTo(place));
        Assert.That(map.Entries()[0].Values, Is.EqualTo(new byte[][] { [0, 0, 0, 0], [7, 7, 7, 7], [0, 0, 0, 0] }));
    }

    [Test]
    public void The_least_recently_used_key_is_evicted()
    {
        var map = Hash(MapType.LruHash);
        for (byte key = 0; key < 4; key++) Put(map, key);
        map.Find(Key(0), 0);
        Put(map, 1);
        Put(map, 10);
        Put(map, 11);
        Assert.That(map.Entries().Select(e => e.Key[0]), Is.EqualTo(new byte[] { 0, 1, 10, 11 }));
    }

    [Test]
    public void A_map_of_one_entry_evicts_it()
    {
        var map = (HashMap)MapKinds.Create(1, Spec(MapType.LruHash) with { MaxEntries = 1 }, 1).Value;
        for (byte key = 0; key < 10; key++) Put(map, key);
        Assert.That(map.Entries().Single().Key[0], Is.EqualTo(9));
        Assert.That(map.Delete(Key(9)), Is.Zero);
        Assert.That(map.Count, Is.Zero);
    }

    [Test]
    public void Many_random_operations_leave_what_a_dictionary_has()
    {
        var random = new Random(1);
        var map = (HashMap)MapKinds.Create(1, Spec(MapType.Hash) with { KeySize = 5, MaxEntries = 100 }, 1).Value;
        var model = new SortedDictionary<byte, byte>();
        for (int n = 0; n < 100_000; n++)
        {
            byte key = (byte)random.Next(150), value = (byte)n;
            byte[] bytes = [key, 0, 0, 0, key];
            if (random.Next(3) == 0) Assert.That(map.Delete(bytes), Is.EqualTo(model.Remove(key) ? 0 : -Errno.NoEntry));
            else if (map.UpdateAll(bytes, [value, 0, 0, 0], UpdateFlags.Any) == 0) model[key] = value;
            else Assert.That((model.Count, model.ContainsKey(key)), Is.EqualTo((100, false)));
        }
        Assert.That(map.Entries().Select(e => (e.Key[0], e.Values[0][0])), Is.EqualTo(model.Select(m => (m.Key, m.Value))));
    }

    [TestCase(MapType.Array, 1, 1 << 28)]
    [TestCase(MapType.Array, int.MaxValue - 7, 1)]
    [TestCase(MapType.Array, int.MaxValue, 1)]
    [TestCase(MapType.Array, 8, int.MaxValue)]
    [TestCase(MapType.PerCpuArray, 32_768, 40_000)]
    [TestCase(MapType.Hash, 8, int.MaxValue)]
    [TestCase(MapType.LruHash, 1 << 20, 1 << 20)]
    public void A_map_above_2_gib_is_refused_with_its_size(MapType type, int valueSize, int entries)
    {
        var problem = MapKinds.Create(1, Spec(type) with { ValueSize = valueSize, MaxEntries = entries }, cpus: 2).Problem;
        Assert.That(problem?.Sentence, Does.Contain("2 GiB"));
    }

    [TestCase(0, 12, true), TestCase(0, 13, false), TestCase(11, 1, true), TestCase(12, 1, false), TestCase(16, 12, true), TestCase(10, 8, false)]
    [TestCase(63, 1, false), TestCase(64, 1, false), TestCase(0, int.MaxValue, false), TestCase(48, 0, true)]
    public void An_access_lies_in_one_value_or_is_refused(int offset, int size, bool holds)
    {
        var map = MapKinds.Create(1, Spec(MapType.Array) with { ValueSize = 12 }, 1).Value;
        Assert.That(map.Holds((ulong)offset, size), Is.EqualTo(holds));
    }

    [Test]
    public void Ids_of_removed_maps_are_not_used_again()
    {
        var table = new MapTable();
        for (uint n = 1; n <= 100; n++)
        {
            var map = MapKinds.Create(table.NextId, Spec(MapType.Array), 1).Value;
            table.Add(map);
            if (n % 2 == 0) table.Remove(map);
        }
        Assert.That(table.NextId, Is.EqualTo(101));
        Assert.That(table.All.Select(m => m.Id), Is.EqualTo(Enumerable.Range(0, 50).Select(n => 2u * (uint)n + 1)));
        Assert.That((table.Find(0), table.Find(2), table.Find(uint.MaxValue)), Is.EqualTo(((Map?)null, (Map?)null, (Map?)null)));
    }

    static MapSpec Spec(MapType type) => new() { Name = "map", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 4 };

    static HashMap Hash(MapType type) => (HashMap)MapKinds.Create(1, Spec(type), 1).Value;

    static void Put(HashMap map, byte key, byte value = 0) => Assert.That(map.UpdateAll(Key(key), [value, 0, 0, 0], UpdateFlags.Any), Is.Zero);

    static byte[] Key(byte key) => [key, 0, 0, 0];
}
