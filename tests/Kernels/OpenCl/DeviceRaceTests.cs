using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>Two queues on one device and the host, all at one map at the same time.</summary>
public sealed class DeviceRaceTests
{
    const int Keys = 64, Batches = 200, Queues = 2;

    static readonly MapSpec Seen = new() { Name = "seen", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 2 * Keys };

    /// <summary>Looks the interface up and adds one to its value, or inserts it with a one that it may lose to another queue.</summary>
    internal static readonly ProgramSpec Count = ProgramText.Program("count", """
        r6 = *(u32 *)(r1 + 12)
        *(u32 *)(r10 - 4) = r6
        r1 = map(seen)
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 != 0 goto found
        *(u64 *)(r10 - 16) = 0
        r1 = map(seen)
        r2 = r10
        r2 += -4
        r3 = r10
        r3 += -16
        r4 = 1
        call bpf_map_update_elem
        r1 = map(seen)
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 != 0 goto found
        r0 = 1
        exit
        found:
        r1 = 1
        lock *(u64 *)(r0 + 0) += r1
        r0 = 2
        exit
        """);

    [Test]
    public void Inserts_of_two_queues_and_the_host_neither_lose_nor_double_a_key_nor_a_count()
    {
        OpenClDevice.Need();
        var rig = new KernelRig(OpenClDevice.Predicated, [Count], [Seen]);
        IKernel[] kernels = [rig.Kernel, rig.KernelOf(1)];
        var map = rig.Map(Seen.Name);
        var race = new Barrier(Queues + 1);
        var frames = new Arrival[Keys];
        for (int n = 0; n < Keys; n++) frames[n] = new(new byte[60], (uint)n);
        var threads = Enumerable.Range(0, Queues).Select(queue => new Thread(() =>
        {
            var batch = new PacketBatch(Keys);
            race.SignalAndWait();
            for (int round = 0; round < Batches; round++)
            {
                batch.Clear();
                foreach (var frame in frames) frame.AddTo(batch, 0);
                kernels[queue].Run(batch);
            }
        })).ToList();
        foreach (var thread in threads) thread.Start();
        race.SignalAndWait();
        // Other keys come and go meanwhile.
        while (threads.Exists(t => t.IsAlive))
        {
            for (int n = 0; n < Keys; n++) map.UpdateAll(Key(Keys + n), new byte[8], UpdateFlags.Any);
            for (int n = 0; n < Keys; n++) map.Delete(Key(Keys + n));
        }
        foreach (var thread in threads) thread.Join();
        Assert.That(map.Entries().Select(e => (BinaryPrimitives.ReadInt32LittleEndian(e.Key), BinaryPrimitives.ReadInt64LittleEndian(e.Values[0]))).Order(),
            Is.EqualTo(Enumerable.Range(0, Keys).Select(n => (n, (long)Queues * Batches))));
    }

    static byte[] Key(int number)
    {
        byte[] key = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(key, number);
        return key;
    }
}
