using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Chainring.Host.Driver.Peers;

namespace Chainring.Tests.Oracle;

/// <summary>The reader of one CPU's events of a perf event array: what libbpf's perf_buffer opens.</summary>
sealed unsafe partial class KernelPerfBuffer : IDisposable
{
    const int Page = 4096, DataPages = 64;
    const int HeadAt = 1024, TailAt = 1032;
    const int SampleRecord = 9, HeaderBytes = 8;

    readonly BpfFd _event;
    readonly MappedMemory _memory;

    public KernelPerfBuffer(int cpu)
    {
        const uint software = 1, rawSamples = 1 << 10;
        const ulong bpfOutput = 10;
        var attr = new Attr { Type = software, Size = (uint)sizeof(Attr), Config = bpfOutput, Period = 1, SampleType = rawSamples, WakeupEvents = 1 };
        int fd = (int)syscall(Number, &attr, -1, cpu, -1, 0);
        if (fd < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        _event = new(fd);
        _memory = new(_event, (1 + DataPages) * Page, writable: true);
        const nuint enable = 0x2400;
        if (ioctl(fd, enable, 0) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>What a slot of the map is set to.</summary>
    public int Descriptor => _event.Number;

    /// <summary>The bytes of each event since it was last asked, filled up by the kernel to 4 bytes more than a multiple of 8.</summary>
    public List<byte[]> Drain()
    {
        var events = new List<byte[]>();
        ref ulong tail = ref _memory.WordAt(TailAt);
        ulong head = Volatile.Read(ref _memory.WordAt(HeadAt));
        while (tail < head)
        {
            var header = Ring(tail, HeaderBytes);
            int type = BinaryPrimitives.ReadInt32LittleEndian(header), size = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
            if (type != SampleRecord) throw new InvalidOperationException($"perf record of type {type}");
            var record = Ring(tail, size);
            int bytes = BinaryPrimitives.ReadInt32LittleEndian(record[HeaderBytes..]);
            events.Add(record.Slice(HeaderBytes + sizeof(int), bytes).ToArray());
            Volatile.Write(ref tail, tail + (ulong)size);
        }
        return events;
    }

    public void Dispose()
    {
        _memory.Dispose();
        _event.Dispose();
    }

    ReadOnlySpan<byte> Ring(ulong position, int length)
    {
        const int size = DataPages * Page;
        int at = (int)(position % size), first = Math.Min(length, size - at);
        return (byte[])[.. _memory.Bytes(Page + at, first), .. _memory.Bytes(Page, length - first)];
    }

    static long Number => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 298 : 241;

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, void* attr, int process, int cpu, int group, ulong flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, nuint request, nint argument);

    /// <summary><c>struct perf_event_attr</c> as far as it is needed, in the size of its first version.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    struct Attr
    {
        public uint Type, Size;
        public ulong Config, Period, SampleType, ReadFormat, Flags;
        public uint WakeupEvents;
    }
}
