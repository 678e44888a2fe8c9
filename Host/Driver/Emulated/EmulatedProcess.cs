using Chainring.Kernels;

namespace Chainring.Host.Driver.Emulated;

/// <summary>An open file that is a BPF object; descriptors that were duplicated share it.</summary>
sealed class OpenObject(BpfObject target, bool canRead, bool canWrite)
{
    public BpfObject Target => target;

    public bool CanRead => canRead;

    public bool CanWrite => canWrite;

    public int Descriptors { get; set; } = 1;
}

/// <summary>A BPF object of some kind behind a descriptor, or why it is none.</summary>
readonly struct Descriptor<T>(T? value, int errno) where T : BpfObject
{
    public bool Try([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? found, out int error)
    {
        (found, error) = (value, errno);
        return value is not null;
    }
}

/// <summary>A process of the emulated host: descriptors, memory, what it may do, and its system calls.</summary>
public sealed partial class EmulatedProcess : IDisposable
{
    const int FirstDescriptor = 3;

    readonly SortedDictionary<int, OpenObject> _descriptors = [];

    internal EmulatedProcess(EmulatedHost host, NetNamespace space) => (Host, Namespace) = (host, space);

    public EmulatedHost Host { get; }

    public NetNamespace Namespace { get; set; }

    /// <summary>Where the addresses in its system calls lead to.</summary>
    public ProcessMemory Memory { get; } = new();

    public uint Uid { get; init; }

    /// <summary>CAP_NET_ADMIN.</summary>
    public bool MayAdministerNet { get; set; } = true;

    /// <summary>CAP_BPF.</summary>
    public bool MayUseBpf { get; set; } = true;

    /// <summary>CAP_SYS_ADMIN.</summary>
    public bool MayAdministerSystem { get; set; } = true;

    /// <summary>A socket of NETLINK_ROUTE.</summary>
    public Netlink.RouteSocket OpenRouteSocket() => new(this, Host.NextPortId());

    /// <summary>A socket of NETLINK_GENERIC.</summary>
    public Netlink.GenericSocket OpenGenericSocket() => new(this, Host.NextPortId());

    /// <summary>Open descriptors, ascending.</summary>
    public IReadOnlyList<int> Descriptors
    {
        get { lock (Host.Rtnl) return [.. _descriptors.Keys]; }
    }

    /// <summary>EBADF if it is not open.</summary>
    public int Close(int fd)
    {
        lock (Host.Rtnl)
        {
            if (!_descriptors.Remove(fd, out var open)) return -Errno.BadDescriptor;
            if (--open.Descriptors == 0) open.Target.ReleaseByUser();
            return 0;
        }
    }

    /// <summary>The same open file under the lowest number that is free.</summary>
    public int Duplicate(int fd)
    {
        lock (Host.Rtnl)
        {
            if (!_descriptors.TryGetValue(fd, out var open)) return -Errno.BadDescriptor;
            open.Descriptors++;
            return Put(open);
        }
    }

    /// <summary>The process ends: all its descriptors are closed.</summary>
    public void Dispose()
    {
        foreach (int fd in Descriptors) Close(fd);
    }

    /// <summary>What a descriptor names: EBADF if it is not open, EINVAL if it is something else.</summary>
    internal Descriptor<T> Get<T>(int fd) where T : BpfObject =>
        !_descriptors.TryGetValue(fd, out var open) ? new(null, Errno.BadDescriptor) : open.Target is T target ? new(target, 0) : new(null, Errno.Invalid);

    internal OpenObject? Open(int fd) => _descriptors.GetValueOrDefault(fd);

    /// <summary>A descriptor for an object, of which it takes over a reference.</summary>
    internal int Put(BpfObject target, bool canRead = true, bool canWrite = true)
    {
        target.RetainForUser();
        return Put(new OpenObject(target, canRead, canWrite));
    }

    int Put(OpenObject open)
    {
        int fd = FirstDescriptor;
        while (_descriptors.ContainsKey(fd)) fd++;
        _descriptors.Add(fd, open);
        return fd;
    }
}
