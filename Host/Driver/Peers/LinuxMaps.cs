using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Peers;

/// <summary>The maps of an object in the kernel, each made when it is first asked for. What the kernel refuses is a <see cref="BpfException"/>.</summary>
public sealed class LinuxMaps(ObjectSpec source) : IDisposable
{
    readonly Dictionary<string, BpfFd> _maps = [];

    public ObjectSpec Source => source;

    public BpfFd this[string name] => _maps.TryGetValue(name, out var known) ? known : Create(source.Maps.First(m => m.Name == name));

    /// <summary>Sets an entry; of a per-CPU map, for every CPU.</summary>
    public void Update(string name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (source.Maps.First(m => m.Name == name).Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash)
        {
            int stride = (value.Length + 7) & ~7;
            byte[] all = new byte[stride * CpuPin.Possible];
            for (int cpu = 0; cpu < CpuPin.Possible; cpu++) value.CopyTo(all.AsSpan(cpu * stride));
            value = all;
        }
        if (Bpf.Update(this[name], key, value, 0) is var errno and not Errno.None) throw new BpfException($"an entry of {name} cannot be set", errno);
    }

    public void Dispose()
    {
        foreach (var map in _maps.Values) map.Dispose();
    }

    BpfFd Create(MapSpec map)
    {
        using var types = map.LockOffset is null ? null : Bpf.LoadBtf(LockTypes.Btf(map));
        int entries = map is { Type: MapType.PerfEventArray, MaxEntries: 0 } ? CpuPin.Possible : map.MaxEntries;
        var fd = Bpf.CreateMap((int)map.Type, map.KeySize, map.ValueSize, entries, (uint)map.Flags, map.Name, map.Extra, null, types);
        _maps.Add(map.Name, fd);
        if (map.InitialValue is not { } value) return fd;
        Update(map.Name, new byte[sizeof(uint)], value);
        if (map.Flags.HasFlag(MapFlags.ReadOnlyForPrograms)) Bpf.Freeze(fd);
        return fd;
    }
}
