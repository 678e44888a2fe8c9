using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Oracle;

/// <summary>
/// A map of the kernel, from its spec. Values are spoken of in a neutral form: one byte array of the declared size, or for a per-CPU
/// map one for each possible CPU; a socket of an xskmap is any number, behind which a socket is opened. The initial value is in place, and read-only global data is frozen, so that the verifier
/// may take it for constants.
/// </summary>
public sealed partial class KernelMap : IDisposable
{
    const int XdpSockets = 44, RawSocket = 3;

    /// <summary>What was put into a map that cannot be read, by key.</summary>
    readonly Dictionary<string, byte[]> _unreadable = [];

    readonly Dictionary<uint, BpfFd> _sockets = [];
    readonly KernelRingBuffer? _ring;
    readonly List<KernelPerfBuffer> _perf = [];

    public KernelMap(MapSpec spec)
    {
        Spec = spec;
        using var template = spec.Inner is { } inner ? new KernelMap(inner) : null;
        int entries = spec.Type == MapType.PerfEventArray && spec.MaxEntries == 0 ? CpuPin.Possible : spec.MaxEntries;
        using var types = spec.LockOffset is null ? null : Bpf.LoadBtf(LockTypes.Btf(spec));
        Fd = Bpf.CreateMap((int)spec.Type, spec.KeySize, spec.ValueSize, entries, (uint)spec.Flags, spec.Name, spec.Extra, template?.Fd, types);
        if (spec.Type == MapType.RingBuffer) _ring = new(Fd, spec.MaxEntries);
        if (spec.InitialValue is not { } value) return;

        Must(Update(new byte[4], value), "set");
        if (spec.Flags.HasFlag(MapFlags.ReadOnlyForPrograms)) Bpf.Freeze(Fd);
    }

    public MapSpec Spec { get; }

    public BpfFd Fd { get; }

    public bool IsPerCpu => Spec.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash;

    /// <summary>For a per-CPU map the value goes to every CPU.</summary>
    public Errno Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0)
    {
        Demand(key.Length, Spec.KeySize, "key");
        Demand(value.Length, Spec.ValueSize, "value");
        if (Spec.Type == MapType.XskMap) return UpdateSocket(key, BinaryPrimitives.ReadUInt32LittleEndian(value), flags);
        if (!IsPerCpu) return Bpf.Update(Fd, key, value, flags);

        var all = new byte[Stride * CpuPin.Possible];
        for (int cpu = 0; cpu < CpuPin.Possible; cpu++) value.CopyTo(all.AsSpan(cpu * Stride));
        return Bpf.Update(Fd, key, all, flags);
    }

    /// <summary>Puts a map into a slot of a map of maps.</summary>
    public Errno Update(ReadOnlySpan<byte> key, KernelMap inner, ulong flags = 0)
    {
        Demand(key.Length, Spec.KeySize, "key");
        var errno = Bpf.Update(Fd, key, BitConverter.GetBytes(inner.Fd.Number), flags);
        if (errno == Errno.None) _unreadable[Convert.ToHexStringLower(key)] = Encoding.UTF8.GetBytes(inner.Spec.Name);
        return errno;
    }

    /// <summary>The number that the kernel shows for this map where it is in another.</summary>
    public uint InnerId()
    {
        using var outer = Bpf.CreateMap((int)MapType.ArrayOfMaps, sizeof(uint), sizeof(uint), 1, 0, "ids", 0, Fd, null);
        var (key, value) = (new byte[sizeof(uint)], new byte[sizeof(uint)]);
        Must(Bpf.Update(outer, key, BitConverter.GetBytes(Fd.Number), 0), "put into another");
        Must(Bpf.Lookup(outer, key, value), "found in another");
        return BitConverter.ToUInt32(value);
    }

    /// <summary>Opens the events of a perf event array for the first CPUs.</summary>
    public void Listen(int cpus)
    {
        for (int cpu = 0; cpu < Math.Min(cpus, CpuPin.Possible); cpu++)
        {
            var buffer = new KernelPerfBuffer(cpu);
            _perf.Add(buffer);
            Must(Bpf.Update(Fd, BitConverter.GetBytes(cpu), BitConverter.GetBytes(buffer.Descriptor), 0), "listened to");
        }
    }

    /// <summary>What programs have put out since it was last asked: records of a ring buffer, or events, filled up by the kernel.</summary>
    public List<byte[]> Drain() => _ring?.Drain() ?? [.. _perf.SelectMany(b => b.Drain())];

    /// <summary>Puts a program into a slot of a prog array.</summary>
    public Errno Update(ReadOnlySpan<byte> key, KernelProgram program, ulong flags = 0)
    {
        Demand(key.Length, Spec.KeySize, "key");
        var value = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(value, program.Fd.Number);
        var errno = Bpf.Update(Fd, key, value, flags);
        if (errno == Errno.None) _unreadable[Convert.ToHexStringLower(key)] = Encoding.UTF8.GetBytes(program.Spec.Name);
        return errno;
    }

    Errno UpdateSocket(ReadOnlySpan<byte> key, uint number, ulong flags)
    {
        if (!_sockets.TryGetValue(number, out var socket)) _sockets.Add(number, socket = OpenSocket());
        var value = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(value, socket.Number);
        var errno = Bpf.Update(Fd, key, value, flags);
        if (errno == Errno.None) _unreadable[Convert.ToHexStringLower(key)] = BitConverter.GetBytes(number);
        return errno;
    }

    static BpfFd OpenSocket()
    {
        int fd = CreateSocket(XdpSockets, RawSocket, 0);
        return fd >= 0 ? new(fd) : throw new BpfException("no AF_XDP socket can be opened", (Errno)Marshal.GetLastPInvokeError());
    }

    public Errno Delete(ReadOnlySpan<byte> key)
    {
        Demand(key.Length, Spec.KeySize, "key");
        var errno = Bpf.Delete(Fd, key);
        if (errno == Errno.None) _unreadable.Remove(Convert.ToHexStringLower(key));
        return errno;
    }

    /// <summary>What was put there went away by other means than <see cref="Delete"/>: with a key that one entry, without one all of them.</summary>
    public void Forget(ReadOnlySpan<byte> key = default)
    {
        if (key.IsEmpty) _unreadable.Clear();
        else _unreadable.Remove(Convert.ToHexStringLower(key));
    }

    /// <summary>The value for each CPU, a single one unless the map is per-CPU; null when there is no such entry. In a prog array
    /// the value is the program's name in UTF-8.</summary>
    public IReadOnlyList<byte[]>? Lookup(ReadOnlySpan<byte> key)
    {
        Demand(key.Length, Spec.KeySize, "key");
        if (Spec.Type is MapType.ProgramArray or MapType.XskMap or MapType.ArrayOfMaps or MapType.HashOfMaps)
            return _unreadable.TryGetValue(Convert.ToHexStringLower(key), out byte[]? put) ? [put] : null;

        var raw = new byte[IsPerCpu ? Stride * CpuPin.Possible : Spec.ValueSize];
        var errno = Bpf.Lookup(Fd, key, raw);
        if (errno == Errno.ENOENT) return null;
        Must(errno, "read");
        return IsPerCpu ? [.. raw.Chunk(Stride).Select(value => value[..Spec.ValueSize])] : [raw];
    }

    /// <summary>
    /// Everything in it, by key bytes; of a queue or stack in the order in which it is popped, which empties it. Types that cannot be read by key (ring
    /// buffers, perf events, …) have nothing.
    /// </summary>
    public IReadOnlyList<KernelMapEntry> Entries()
    {
        if (Spec.Type is MapType.Queue or MapType.Stack) return PopAll();
        if (!HasReadableEntries) return [];

        List<KernelMapEntry> entries = [];
        byte[] key = [], next = new byte[Spec.KeySize];
        while (Bpf.NextKey(Fd, key, next) == Errno.None)
        {
            key = next.ToArray();
            if (Lookup(key) is { } values) entries.Add(new(key, values));
        }
        entries.Sort((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        return entries;
    }

    List<KernelMapEntry> PopAll()
    {
        List<KernelMapEntry> entries = [];
        var value = new byte[Spec.ValueSize];
        while (Bpf.LookupAndDelete(Fd, [], value) == Errno.None) entries.Add(new([], [value.ToArray()]));
        return entries;
    }

    /// <summary>Back to how it was created, in place. False, with nothing done, for types whose contents cannot be reached by key.</summary>
    public bool Reset()
    {
        if (Spec.Type is MapType.Queue or MapType.Stack or MapType.PerfEventArray)
        {
            Drain();
            _ = Entries();
            return true;
        }
        if (!HasReadableEntries) return false;
        if (Spec.Type is MapType.Array or MapType.PerCpuArray)
        {
            bool frozen = Spec.InitialValue is not null && Spec.Flags.HasFlag(MapFlags.ReadOnlyForPrograms);
            byte[] value = Spec.InitialValue ?? new byte[Spec.ValueSize];
            for (int n = 0; n < Spec.MaxEntries && !frozen; n++) Must(Update(BitConverter.GetBytes(n), value), "reset");
            return true;
        }
        foreach (var entry in Entries()) Must(Delete(entry.Key), "emptied");
        return true;
    }

    public void Dispose()
    {
        Fd.Dispose();
        foreach (var socket in _sockets.Values) socket.Dispose();
        _ring?.Dispose();
        foreach (var buffer in _perf) buffer.Dispose();
    }

    bool HasReadableEntries => Spec.Type is MapType.Hash or MapType.Array or MapType.ProgramArray or MapType.PerCpuHash
        or MapType.PerCpuArray or MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie or MapType.DevMap or MapType.DevMapHash
        or MapType.CpuMap or MapType.XskMap or MapType.ArrayOfMaps or MapType.HashOfMaps;

    /// <summary>Bytes from one CPU's value to the next, as the system call exchanges them.</summary>
    int Stride => (Spec.ValueSize + 7) & ~7;

    void Demand(int got, int want, string what)
    {
        if (got != want) throw new ArgumentException($"map {Spec.Name} has a {what} of {want} bytes, not {got}");
    }

    void Must(Errno errno, string what)
    {
        if (errno != Errno.None) throw new BpfException($"map {Spec.Name} cannot be {what}", errno);
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int CreateSocket(int family, int type, int protocol);
}

/// <summary>One entry: the key's bytes and one value, or one for each possible CPU.</summary>
public sealed record KernelMapEntry(byte[] Key, IReadOnlyList<byte[]> Values)
{
    /// <summary><c>01000000 = 0a00000000000000 | 0000000000000000</c></summary>
    public override string ToString() => $"{Convert.ToHexStringLower(Key)} = {string.Join(" | ", Values.Select(Convert.ToHexStringLower))}";
}
