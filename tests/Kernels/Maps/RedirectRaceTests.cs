using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>The host changes what frames are redirected to, or jump to, while queues read it: they see the old entry or the new one.</summary>
public sealed class RedirectRaceTests
{
    const int Rounds = 1_000_000, Keys = 4;

    static readonly MapType[] Types = [MapType.DevMap, MapType.DevMapHash, MapType.CpuMap, MapType.XskMap];

    static readonly MapType[] Devices = [MapType.DevMap, MapType.DevMapHash];

    [TestCase(MapType.DevMap, 4), TestCase(MapType.DevMap, 8), TestCase(MapType.DevMapHash, 4), TestCase(MapType.DevMapHash, 8)]
    [TestCase(MapType.CpuMap, 4), TestCase(MapType.CpuMap, 8), TestCase(MapType.XskMap, 4)]
    public void An_entry_that_is_replaced_is_the_old_one_or_the_new_one(MapType type, int valueSize)
    {
        var map = Make(type, valueSize);
        for (int key = 0; key < Keys; key++) Set(map, key, Number(key, 0));
        Race.Run(
            [() => Repeat(n => Set(map, n % Keys, Number(n % Keys, n / Keys)))],
            () =>
            {
                for (uint key = 0; key < Keys; key++)
                {
                    var target = ((IRedirectMap)map).TargetOf(key);
                    if (!IsReal(target, key)) throw new InvalidOperationException($"key {key}: {target}");
                    if (map.Find(BitConverter.GetBytes(key), 0) < 0) throw new InvalidOperationException($"key {key} is missed");
                }
            });
    }

    [Test]
    public void An_entry_that_comes_and_goes_is_real_or_absent([ValueSource(nameof(Types))] MapType type)
    {
        var map = Make(type);
        Race.Run(
            [() => Repeat(n =>
            {
                Set(map, n % Keys, Number(n % Keys, n / Keys));
                map.Delete(BitConverter.GetBytes((n + 1) % Keys));
            })],
            () =>
            {
                for (uint key = 0; key < Keys; key++)
                {
                    var target = ((IRedirectMap)map).TargetOf(key);
                    if (target != default && !IsReal(target, key)) throw new InvalidOperationException($"key {key}: {target}");
                }
            });
    }

    /// <summary>The keys beyond come and go.</summary>
    [Test]
    public void A_broadcast_misses_no_interface_that_is_there([ValueSource(nameof(Devices))] MapType type)
    {
        var map = Make(type);
        for (int key = 0; key < Keys; key++) Set(map, key, Number(key, 0));
        var devices = (IDevMap)map;
        Race.Run(
            [() => Repeat(n =>
            {
                Set(map, n % Keys, Number(n % Keys, n / Keys));
                if (n % 2 == 0) Set(map, Keys + n / 2 % 2, Number(Keys, 0));
                else map.Delete(BitConverter.GetBytes(Keys + n / 2 % 2));
            })],
            () =>
            {
                uint found = 0;
                for (int slot = 0; slot < devices.Slots; slot++)
                {
                    if (devices.InterfaceAt(slot) is not 0 and var ifindex) found |= 1u << (int)(ifindex / 10 - 1);
                }
                if ((found & 0xf) != 0xf) throw new InvalidOperationException($"of four entries 0x{found:x} are found");
            });
    }

    [Test]
    public void A_tail_call_through_a_slot_that_is_set_anew_goes_to_the_old_program_or_the_new_one()
    {
        var spec = new MapSpec { Name = "jumps", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        var rig = new KernelRig(Targets.Reference, [
            ProgramText.Program("main", "r2 = map(jumps)\nr3 = 0\ncall 12\nr0 = 3\nexit"),
            ProgramText.Program("drop", "r0 = 1\nexit"), ProgramText.Program("pass", "r0 = 2\nexit")], [spec]);
        var array = (ProgramArrayMap)rig.Map("jumps");
        array.Set(new byte[4], rig.Programs[1]);
        var batch = KernelRig.Batch();
        Race.Run(
            [() => Repeat(n => array.Set(new byte[4], rig.Programs[1 + n % 2]))],
            () =>
            {
                rig.Kernel.Run(batch);
                foreach (var verdict in batch.Verdicts)
                {
                    if (verdict.Action is not (XdpAction.Drop or XdpAction.Pass)) throw new InvalidOperationException($"{verdict}");
                }
            });
    }

    [Test]
    public void A_table_that_grows_shows_every_map_that_was_added()
    {
        const int maps = 2_000;
        for (int round = 0; round < 50; round++)
        {
            var table = new MapTable();
            uint added = 0;
            Race.Run(
                [() =>
                {
                    for (uint id = 1; id <= maps; id++)
                    {
                        table.Add(MapKinds.Create(id, new MapSpec { Name = "map", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 }, 1).Value);
                        Volatile.Write(ref added, id);
                        if (id % 2 == 0) table.Remove(table.Find(id)!);
                    }
                }],
                () =>
                {
                    for (uint id = 1, last = Volatile.Read(ref added); id <= last; id += 2)
                    {
                        if (table.Find(id)?.Id != id) throw new InvalidOperationException($"map {id} is missed");
                    }
                });
            Assert.That(table.All.Select(m => m.Id), Is.EqualTo(Enumerable.Range(0, maps / 2).Select(n => 2u * (uint)n + 1)));
        }
    }

    static void Repeat(Action<int> action)
    {
        for (int n = 0; n < Rounds; n++) action(n);
    }

    /// <summary>What a key stands for, one of two: 10 and 11, 20 and 21, …</summary>
    static uint Number(int key, int turn) => 10u * ((uint)key + 1) + (uint)turn % 2;

    static bool IsReal(RedirectTarget target, uint key) =>
        target.Kind == RedirectKind.Cpu ? target.Number == key : target.Kind != RedirectKind.None && target.Number / 10 == key + 1;

    static void Set(Map map, int key, uint number)
    {
        var value = new byte[map.Spec.ValueSize];
        BitConverter.TryWriteBytes(value, number);
        if (map.UpdateAll(BitConverter.GetBytes(key), value, UpdateFlags.Any) is not 0 and var error) throw new InvalidOperationException($"key {key}: {error}");
    }

    static Map Make(MapType type, int valueSize = 4) =>
        MapKinds.Create(1, new MapSpec { Name = "targets", Type = type, KeySize = 4, ValueSize = valueSize, MaxEntries = Keys + 2 }, 1).Value;
}
