using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Chainring.Host.Driver.Peers;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;

namespace Chainring.Host;

/// <summary>A map that was created.</summary>
public sealed class XdpMap : IDisposable
{
    readonly Nic _nic;
    readonly int _valueBytes;

    XdpMap(Nic nic, MapSpec spec, int fd, int valueBytes) => (_nic, Spec, Fd, _valueBytes) = (nic, spec, fd, valueBytes);

    public MapSpec Spec { get; }

    public string Name => Spec.Name;

    /// <summary>Its descriptor in <see cref="Nic.Process"/>.</summary>
    public int Fd { get; }

    /// <summary>Its id in the host.</summary>
    public uint Id => IdOf(_nic, Fd);

    /// <summary><c>bpf_map_create</c>.</summary>
    /// <param name="ifindex">The port of the card that it is for; 0 for the host.</param>
    /// <param name="template">What a map of maps holds.</param>
    internal static XdpMap Create(Nic nic, MapSpec spec, int ifindex, XdpMap? template = null)
    {
        const int attributeBytes = 80;
        // Where the lock is in values, types say.
        using var types = spec.LockOffset is null ? null : XdpTypes.Load(nic, LockTypes.Btf(spec));
        int fd = new BpfCallBuilder(nic.Process, attributeBytes)
            .Put(0, (int)spec.Type).Put(4, spec.KeySize).Put(8, spec.ValueSize).Put(12, spec.MaxEntries).Put(16, (int)spec.Flags).Put(20, template?.Fd ?? 0).Put(28, spec.Name)
            .Put(44, ifindex).Put(48, types?.Fd ?? 0).Put(52, types is null ? 0 : (int)LockTypes.KeyId).Put(56, types is null ? 0 : (int)LockTypes.ValueId).Put64(64, spec.Extra)
            .Call(BpfCommand.MapCreate);
        if (fd < 0) throw new XdpException(-fd, $"map {spec.Name} cannot be created");
        int cpus = ifindex == 0 ? nic.Host.Options.Cpus : nic.Card.Capabilities.Queues;
        return new(nic, spec, fd, MapKinds.IsPerCpu(spec.Type) ? cpus * ((spec.ValueSize + 7) & ~7) : spec.ValueSize);
    }

    internal static uint IdOf(Nic nic, int fd)
    {
        byte[] info = [];
        int result = new BpfCallBuilder(nic.Process, 16).Put(0, fd).Put(4, 8).PutAddress(8, new byte[8], out ulong at).Call(BpfCommand.Info, () => info = nic.Process.Memory.Read(at, 8));
        return result == 0 ? BinaryPrimitives.ReadUInt32LittleEndian(info.AsSpan(4)) : throw new XdpException(-result, "the object cannot be asked for its id");
    }

    /// <summary><c>bpf_map_lookup_elem</c>: the value, of a per-CPU map those of all CPUs; null if there is no such key.</summary>
    public byte[]? Lookup(ReadOnlySpan<byte> key)
    {
        byte[] value = [];
        int result = Element().PutAddress(8, key).PutAddress(16, new byte[_valueBytes], out ulong at).Call(BpfCommand.Lookup, () => value = _nic.Process.Memory.Read(at, _valueBytes));
        return result switch
        {
            0 => value,
            -Kernels.Errno.NoEntry => null,
            _ => throw new XdpException(-result, $"map {Name} cannot be read"),
        };
    }

    /// <summary>The same for keys and values that are numbers or structures; throws ENOENT if there is no such key.</summary>
    public TValue Lookup<TKey, TValue>(TKey key) where TKey : unmanaged where TValue : unmanaged =>
        Lookup(Bytes(key)) is { } value ? MemoryMarshal.Read<TValue>(value) : throw new XdpException(Kernels.Errno.NoEntry, $"map {Name}");

    /// <summary><c>bpf_map_update_elem</c>.</summary>
    public void Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = UpdateFlags.Any) =>
        Check(Element().PutAddress(8, key).PutAddress(16, value).Put64(24, flags).Call(BpfCommand.Update), "changed");

    public void Update<TKey, TValue>(TKey key, TValue value, ulong flags = UpdateFlags.Any) where TKey : unmanaged where TValue : unmanaged => Update(Bytes(key), Bytes(value), flags);

    /// <summary><c>bpf_map_delete_elem</c>.</summary>
    public void Delete(ReadOnlySpan<byte> key) => Check(new BpfCallBuilder(_nic.Process, 16).Put(0, Fd).PutAddress(8, key).Call(BpfCommand.Delete), "changed");

    /// <summary>Every key, by <c>bpf_map_get_next_key</c>.</summary>
    public IReadOnlyList<byte[]> Keys()
    {
        var keys = new List<byte[]>();
        while (true)
        {
            byte[] next = [];
            var call = Element();
            if (keys.Count > 0) call.PutAddress(8, keys[^1]);
            int result = call.PutAddress(16, new byte[Spec.KeySize], out ulong at).Call(BpfCommand.NextKey, () => next = _nic.Process.Memory.Read(at, Spec.KeySize));
            if (result == -Kernels.Errno.NoEntry) return keys;
            Check(result, "walked");
            keys.Add(next);
        }
    }

    /// <summary><c>bpf_map_freeze</c>.</summary>
    public void Freeze() => Check(new BpfCallBuilder(_nic.Process, 4).Put(0, Fd).Call(BpfCommand.Freeze), "frozen");

    public void Dispose() => _nic.Process.Close(Fd);

    BpfCallBuilder Element() => new BpfCallBuilder(_nic.Process, 32).Put(0, Fd);

    void Check(int result, string what)
    {
        if (result < 0) throw new XdpException(-result, $"map {Name} cannot be {what}");
    }

    static byte[] Bytes<T>(T value) where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}
