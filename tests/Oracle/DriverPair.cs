using System.Buffers.Binary;
using Chainring.Host.Driver.Emulated;
using Chainring.Tests.Host.Driver.Emulated;

namespace Chainring.Tests.Oracle;

/// <summary>
/// The same two ends of a veth pair and the same loopback device in the kernel and on an emulated host, the same programs for both, and requests that both
/// get. Programs and links are named by their place in the pool.
/// </summary>
sealed class DriverPair : IDisposable
{
    public const int Loopback = 1, Port = 2, Peer = KernelPorts.FirstPeer + Port, Absent = 77;

    /// <summary>Places in the pool: programs to attach, and what cannot be.</summary>
    public const int Pass = 0, Drop = 1, Other = 2, ForDevMap = 3, ForCpuMap = 4, BoundToPort = 5, Classifier = 6, Map = 7, PoolSize = 8;

    /// <summary>No descriptor, and one that is not open.</summary>
    public const int None = -1, NotOpen = PoolSize;

    /// <summary>BPF_F_XDP_DEV_BOUND_ONLY. One device has such a program: where two have, Linux 6.18.44 takes that of the other.</summary>
    const uint BoundOnly = 0x40;

    readonly KernelPorts _namespace = new([Port]);
    readonly List<(int Kernel, int Ours)> _pool = [];
    readonly Dictionary<int, (int Kernel, int Ours)> _links = [];

    public DriverPair()
    {
        Kernel = new();
        Rig = new(new EmulatedHostOptions { Flavour = KernelFlavour.Linux618 });
        Rig.Host.AddVeth("port2");
        var peer = Rig.Host.AddVeth("peer2");
        Rig.Host.Renumber(peer, Peer);
        foreach (var device in Rig.Host.Devices) device.IsUp = true;
        (string Code, int Ifindex, uint Flags, int AttachType, int Type)[] programs =
        [
            ("r0 = 2\nexit", 0, 0, 0, 6), ("r0 = 1\nexit", 0, 0, 37, 6), ("r0 = 2\nr0 = 2\nexit", 0, 0, 0, 6), ("r0 = 2\nexit", 0, 0, 33, 6), ("r0 = 2\nexit", 0, 0, 35, 6),
            ("r0 = 2\nexit", Port, BoundOnly, 0, 6), ("r0 = 0\nexit", 0, 0, 0, 3),
        ];
        foreach (var (code, ifindex, flags, attachType, type) in programs)
            _pool.Add((Kernel.Load(code, ifindex, flags, attachType, type), Rig.Load(code, ifindex, flags, attachType: attachType, type: type)));
        var map = new byte[80];
        foreach (var (at, value) in new[] { (0, 2), (4, 4), (8, 8), (12, 1) }) BinaryPrimitives.WriteInt32LittleEndian(map.AsSpan(at), value);
        _pool.Add((Kernel.Keep(Kernel.Bpf(DriverRig.MapCreate, map)), Rig.Process.Bpf(DriverRig.MapCreate, map)));
    }

    public KernelDriver Kernel { get; }

    public DriverRig Rig { get; }

    /// <summary>Every program could be loaded, by both.</summary>
    public bool IsComplete => _pool.TrueForAll(p => p is { Kernel: > 0, Ours: > 0 });

    /// <summary>A place's descriptor for each side.</summary>
    public (int Kernel, int Ours) Descriptors(int place) => place switch
    {
        None => (-1, -1),
        NotOpen => (1 << 20, 1 << 20),
        _ => _pool[place],
    };

    /// <summary>The answers of both to a request that is made with each side's descriptors.</summary>
    public (string Kernel, string Ours) Ask(Func<Func<int, int>, byte[]> request)
    {
        byte[] theirs = request(place => Descriptors(place).Kernel), mine = request(place => Descriptors(place).Ours);
        byte[] theirAnswer = Kernel.Ask(theirs);
        Rig.Socket.Send(mine);
        byte[] myAnswer = Rig.Socket.Receive()!;
        return (Masked(theirAnswer, theirs), Masked(myAnswer, mine));
    }

    /// <summary>An answer in hex, without the port id, and with the request that it echoes as a word.</summary>
    static string Masked(byte[] answer, byte[] request)
    {
        answer.AsSpan(12, 4).Clear();
        string hex = Convert.ToHexString(answer), echo = Convert.ToHexString(request);
        return hex.Replace(echo, " request ", StringComparison.Ordinal).Replace(echo[..32], " header ", StringComparison.Ordinal);
    }

    /// <summary>What both report of a device's programs, ids by their places.</summary>
    public (string Kernel, string Ours) Dumped(int ifindex)
    {
        byte[] get = DriverRig.Message(18, 1, ifindex, []);
        byte[] theirs = Kernel.Ask(get);
        Rig.Socket.Send(get);
        byte[] mine = Rig.Socket.Receive()!;
        return (Named(DriverRig.XdpOf(theirs), p => p.Kernel, fd => BitConverter.ToUInt32(Kernel.InfoOf(fd, 8), 4)), Named(DriverRig.XdpOf(mine), p => p.Ours, Rig.IdOf));
    }

    string Named(byte[] xdp, Func<(int Kernel, int Ours), int> side, Func<int, uint> idOf)
    {
        var names = _pool.Take(Map).Select((p, n) => (Id: idOf(side(p)), Name: n)).ToDictionary(p => p.Id, p => p.Name);
        var text = new System.Text.StringBuilder();
        for (int at = 4; at + 4 <= xdp.Length;)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(xdp.AsSpan(at)), type = BinaryPrimitives.ReadUInt16LittleEndian(xdp.AsSpan(at + 2));
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{type}={(length == 8 ? $"program {names.GetValueOrDefault(BitConverter.ToUInt32(xdp, at + 4), -1)}" : $"{xdp[at + 4]}")} ");
            at += (length + 3) & ~3;
        }
        return text.ToString();
    }

    static byte[] LinkAttr(int first, int second, int third, int fourth)
    {
        var attr = new byte[16];
        foreach (var (at, value) in new[] { (0, first), (4, second), (8, third), (12, fourth) }) BinaryPrimitives.WriteInt32LittleEndian(attr.AsSpan(at), value);
        return attr;
    }

    static int Errno(int result) => Math.Min(result, 0);

    /// <summary>BPF_LINK_CREATE; a link that comes of it has that number from then on.</summary>
    public (int Kernel, int Ours) CreateLink(int link, int program, int ifindex, int attachType, uint flags)
    {
        CloseLink(link);
        var (theirs, mine) = Descriptors(program);
        int kernel = Kernel.Keep(Kernel.Bpf(DriverRig.LinkCreate, LinkAttr(theirs, ifindex, attachType, (int)flags)));
        int ours = Rig.Process.Bpf(DriverRig.LinkCreate, LinkAttr(mine, ifindex, attachType, (int)flags));
        if (kernel > 0 && ours > 0) _links[link] = (kernel, ours);
        return (Errno(kernel), Errno(ours));
    }

    public (int Kernel, int Ours) UpdateLink(int link, int program, uint flags, int? expected)
    {
        if (!_links.TryGetValue(link, out var fds)) return (0, 0);
        var (theirs, mine) = Descriptors(program);
        var (theirOld, myOld) = expected is { } old ? Descriptors(old) : (0, 0);
        return (Errno(Kernel.Bpf(DriverRig.LinkUpdate, LinkAttr(fds.Kernel, theirs, (int)flags, theirOld))), Errno(Rig.Process.Bpf(DriverRig.LinkUpdate, LinkAttr(fds.Ours, mine, (int)flags, myOld))));
    }

    public (int Kernel, int Ours) DetachLink(int link)
    {
        if (!_links.TryGetValue(link, out var fds)) return (0, 0);
        return (Errno(Kernel.Bpf(DriverRig.LinkDetach, LinkAttr(fds.Kernel, 0, 0, 0))), Errno(Rig.Process.Bpf(DriverRig.LinkDetach, LinkAttr(fds.Ours, 0, 0, 0))));
    }

    public void CloseLink(int link)
    {
        if (!_links.Remove(link, out var fds)) return;
        Kernel.Close(fds.Kernel);
        Rig.Process.Close(fds.Ours);
    }

    public void Dispose()
    {
        foreach (int link in _links.Keys.ToArray()) CloseLink(link);
        Kernel.Dispose();
        Rig.Dispose();
        _namespace.Dispose();
    }
}
