using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>Maps that several threads use at once: what is there throughout is always found, and nothing is lost or had twice.</summary>
public sealed class MapKindRaceTests
{
    const int Rounds = 200_000;

    /// <summary>Prefixes come and go above, below and beside one that is updated all the time and never leaves.</summary>
    [Test]
    public void A_prefix_that_stays_is_always_found()
    {
        var map = MapKinds.Create(1, SomeMap.Of(MapType.LpmTrie, entries: 64), 1).Value;
        byte[] Key(int length, byte a, byte b) => [(byte)length, 0, 0, 0, 10, a, b, 0];
        map.UpdateAll(Key(16, 1, 0), [7, 0, 0, 0], 0);
        void Write(int seed)
        {
            var random = new Random(seed);
            for (int n = 0; n < Rounds; n++)
            {
                byte[] key = Key(random.Next(0, 33), (byte)random.Next(3), (byte)random.Next(256));
                bool stays = key[0] == 16 && key[5] == 1;
                if (stays || random.Next(2) == 0) map.UpdateAll(key, [(byte)(stays ? 7 : 1), 0, 0, 0], 0);
                else map.Delete(key);
            }
        }
        long missed = 0;
        Race.Run([() => Write(1), () => Write(2)], () =>
        {
            if (map.Find(Key(16, 1, 0), 0) < 0) Interlocked.Increment(ref missed);
        });
        Assert.That(missed, Is.Zero);
        int lengths = Enumerable.Range(0, 33).Count(l => map.Entries().Any(e => e.Key[0] == l));
        Assert.That(lengths, Is.GreaterThan(0));
    }

    [Test]
    public void What_is_pushed_is_popped_once([Values(MapType.Queue, MapType.Stack)] MapType type)
    {
        var map = (IPushMap)MapKinds.Create(1, SomeMap.Of(type, entries: 16), 1).Value;
        var seen = new int[Rounds];
        int taken = 0;
        Race.Run(
        [
            () =>
            {
                for (int n = 0; n < Rounds; n++)
                {
                    byte[] value = BitConverter.GetBytes(n);
                    while (map.Push(value, 0) != 0) Thread.Yield();
                }
            },
            Pop, Pop,
        ]);
        Assert.That(seen, Is.All.EqualTo(1));

        void Pop()
        {
            byte[] value = new byte[4];
            while (Volatile.Read(ref taken) < Rounds)
            {
                if (map.Pop(value) != 0)
                {
                    Thread.Yield();
                    continue;
                }
                Interlocked.Increment(ref seen[BitConverter.ToInt32(value)]);
                Interlocked.Increment(ref taken);
            }
        }
    }

    /// <summary>Records of several CPUs never overlap, and all room comes back.</summary>
    [Test]
    public void Records_of_a_ring_buffer_are_nobody_elses()
    {
        var ring = (RingBufferMap)MapKinds.Create(1, SomeMap.Of(MapType.RingBuffer), 1).Value;
        long torn = 0;
        void Produce(byte mark)
        {
            for (int n = 0; n < Rounds; n++)
            {
                int size = 8 + (n * 7 + mark) % 300;
                int at = ring.Reserve(size);
                if (at < 0)
                {
                    ring.Consume();
                    continue;
                }
                var record = ring.Record(at, size);
                record.Fill(mark);
                if (record.ContainsAnyExcept(mark)) Interlocked.Increment(ref torn);
                ring.Commit(at, size, discard: n % 5 == 0);
                if (n % 16 == 0) ring.Consume();
            }
        }
        Race.Run([() => Produce(1), () => Produce(2), () => Produce(3)]);
        ring.Consume();
        Assert.That((torn, ring.Positions.Produced - ring.Positions.Consumed), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public void Bits_that_two_threads_set_are_all_there()
    {
        var map = (IPushMap)MapKinds.Create(1, SomeMap.Of(MapType.BloomFilter, entries: 20_000), 1).Value;
        Race.Run([.. Enumerable.Range(0, 2).Select(thread => (Action)(() =>
        {
            for (int n = thread; n < 20_000; n += 2) map.Push(BitConverter.GetBytes(n), 0);
        }))]);
        for (int n = 0; n < 20_000; n++) Assert.That(map.Peek(BitConverter.GetBytes(n)), Is.Zero);
    }
}
