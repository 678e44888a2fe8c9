using System.Buffers.Binary;
using Chainring.Host.Driver.Peers;

namespace Chainring.Tests.Oracle;

/// <summary>The consumer of a ring buffer map of the kernel (Documentation/bpf/ringbuf.rst).</summary>
sealed class KernelRingBuffer(BpfFd map, int size) : IDisposable
{
    const int Page = 4096, HeaderBytes = 8;
    const uint Busy = 1u << 31, Discarded = 1u << 30;

    readonly MappedMemory _consumer = new(map, Page, writable: true);
    readonly MappedMemory _producer = new(map, (nuint)(Page + 2 * size), writable: false, Page);

    /// <summary>What was submitted since it was last asked, up to the first record that is still reserved.</summary>
    public List<byte[]> Drain()
    {
        var records = new List<byte[]>();
        ref ulong consumed = ref _consumer.WordAt(0);
        while (consumed < Volatile.Read(ref _producer.WordAt(0)))
        {
            long at = Page + (long)(consumed & (ulong)(size - 1));
            uint header = BinaryPrimitives.ReadUInt32LittleEndian(_producer.Bytes(at, sizeof(uint)));
            if ((header & Busy) != 0) break;
            int length = (int)(header & ~Discarded);
            if ((header & Discarded) == 0) records.Add(_producer.Bytes(at + HeaderBytes, length).ToArray());
            Volatile.Write(ref consumed, consumed + (ulong)((length + HeaderBytes + 7) & ~7));
        }
        return records;
    }

    public void Dispose()
    {
        _consumer.Dispose();
        _producer.Dispose();
    }
}
