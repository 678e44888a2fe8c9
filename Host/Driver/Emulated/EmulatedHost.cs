using System.Diagnostics;
using Chainring.Kernels;
using Chainring.Nic;

namespace Chainring.Host.Driver.Emulated;

/// <summary>What an emulated host is made with.</summary>
public sealed record EmulatedHostOptions
{
    /// <summary>What runs programs, those of the host and those of cards.</summary>
    public IKernelTarget Target { get; init; } = Targets.Reference;

    public KernelFlavour Flavour { get; init; } = KernelFlavour.Linux612;

    /// <summary>Of all randomness.</summary>
    public ulong Seed { get; init; }

    /// <summary>Bytes of the largest map that can be created; beyond, there is no memory.</summary>
    public long MapBytes { get; init; } = int.MaxValue;

    /// <summary>CPUs, each of which has a value of its own in per-CPU maps of the host.</summary>
    public int Cpus { get; init; } = 1;
}

/// <summary>
/// A host with cards in it, as programs that drive XDP offload see one: network devices, BPF objects, and processes that make system calls by
/// their bytes. All changes take one lock, as those of Linux take RTNL.
/// </summary>
public sealed class EmulatedHost
{
    readonly List<NetDevice> _devices = [];
    readonly Dictionary<int, OffloadDevice> _cards = [];
    readonly Stopwatch _watch = Stopwatch.StartNew();
    readonly CardMemory _memory;
    int _namespaces;
    uint _portIds = 1000;

    public EmulatedHost() : this(new()) { }

    public EmulatedHost(EmulatedHostOptions options)
    {
        Options = options;
        _memory = new(ProgramIds, MapIds);
        Engine = NewEngine();
        InitialNamespace = NewNamespace();
    }

    public EmulatedHostOptions Options { get; }

    /// <summary>Whoever changes or reads what others may change holds it.</summary>
    internal Lock Rtnl { get; } = new();

    public NetNamespace InitialNamespace { get; }

    internal IdSource ProgramIds { get; } = new();

    internal IdSource MapIds { get; } = new();

    internal IdSource LinkIds { get; } = new();

    internal IdSource TypesIds { get; } = new();

    internal SortedDictionary<uint, BpfProgram> ProgramsById { get; } = [];

    internal SortedDictionary<uint, BpfMap> MapsById { get; } = [];

    internal SortedDictionary<uint, BpfLink> LinksById { get; } = [];

    internal SortedDictionary<uint, BpfTypes> TypesById { get; } = [];

    /// <summary>What is pinned in the BPF file system, by its path.</summary>
    internal SortedDictionary<string, BpfObject> Pins { get; } = new(StringComparer.Ordinal);

    internal event Action<NetDevice, bool>? LinkChanged;

    /// <summary>Holds and judges the host's own maps and programs; frames run on those of devices.</summary>
    internal SmartNic Engine { get; }

    public IReadOnlyList<BpfProgram> Programs
    {
        get { lock (Rtnl) return [.. ProgramsById.Values]; }
    }

    public IReadOnlyList<BpfMap> Maps
    {
        get { lock (Rtnl) return [.. MapsById.Values]; }
    }

    public IReadOnlyList<BpfLink> Links
    {
        get { lock (Rtnl) return [.. LinksById.Values]; }
    }

    public IReadOnlyList<NetDevice> Devices
    {
        get { lock (Rtnl) return [.. _devices]; }
    }

    public IReadOnlyList<OffloadDevice> Cards
    {
        get { lock (Rtnl) return [.. _cards.Values]; }
    }

    /// <summary>Nanoseconds since the host started.</summary>
    internal ulong NowNs => (ulong)(_watch.Elapsed.TotalNanoseconds);

    internal uint NextPortId() => ++_portIds;

    internal SmartNic NewEngine() =>
        new(new CardOptions { Capabilities = new() { Name = "host", IsHost = true, Queues = Options.Cpus }, Memory = _memory, Target = Options.Target, Seed = Options.Seed });

    /// <summary>An engine that is not needed any more.</summary>
    internal void Retire(SmartNic engine) => _memory.Leave(engine);

    /// <summary>A network namespace with a loopback device in it.</summary>
    public NetNamespace NewNamespace()
    {
        lock (Rtnl)
        {
            var space = new NetNamespace(_namespaces++);
            Add(new NetDevice(this, new LoopbackDriver(), card: null, 0) { Name = "lo", Namespace = space, Mtu = 65_536, IsUp = true });
            return space;
        }
    }

    /// <summary>A process of root.</summary>
    public EmulatedProcess NewProcess(NetNamespace? space = null) => new(this, space ?? InitialNamespace);

    /// <summary>One end of a pair without a card.</summary>
    public NetDevice AddVeth(string name, NetNamespace? space = null)
    {
        lock (Rtnl)
        {
            var device = new NetDevice(this, new VethDriver(), card: null, 0) { Name = name, Namespace = space ?? InitialNamespace };
            Add(device);
            return device;
        }
    }

    /// <summary>
    /// Plugs a card in, as writing to netdevsim's <c>new_device</c> does. ENOSPC if there is one of that number.
    /// </summary>
    /// <param name="number">From 0 on.</param>
    /// <param name="capabilities">What it can do: a device file.</param>
    public Answer AddCard(int number, Capabilities capabilities, int ports, out OffloadDevice? card)
    {
        lock (Rtnl)
        {
            card = null;
            if (number < 0) return new(Errno.Invalid);
            if (_cards.ContainsKey(number)) return new(Errno.NoSpace);
            card = new OffloadDevice(this, number, capabilities);
            _cards.Add(number, card);
            for (int index = 0; index < ports; index++) AddPort(card, index, out _);
            return Answer.Ok;
        }
    }

    /// <summary>Takes a card out: each of its ports goes. ENOENT if there is none.</summary>
    public Answer RemoveCard(int number)
    {
        lock (Rtnl)
        {
            if (!_cards.Remove(number, out var card)) return new(Errno.NoEntry);
            foreach (var port in card.Ports.OrderBy(p => p.PortIndex).ToArray()) Remove(port);
            return Answer.Ok;
        }
    }

    /// <summary>EEXIST if the card has it.</summary>
    public Answer AddPort(OffloadDevice card, int index, out NetDevice? port)
    {
        lock (Rtnl)
        {
            port = null;
            if (index < 0) return new(Errno.Invalid);
            if (card.Ports.Any(p => p.PortIndex == index)) return new(Errno.Exists);
            string name = Enumerable.Range(0, int.MaxValue).Select(n => $"eth{n}").First(n => _devices.TrueForAll(d => d.Name != n));
            port = new NetDevice(this, card.Driver, card, index) { Name = name, Namespace = InitialNamespace, Address = [2, 0, 0, 0, (byte)card.Number, (byte)index] };
            card.Add(port);
            Add(port);
            return Answer.Ok;
        }
    }

    /// <summary>ENOENT if the card has no such port.</summary>
    public Answer RemovePort(OffloadDevice card, int index)
    {
        lock (Rtnl)
        {
            if (card.Ports.FirstOrDefault(p => p.PortIndex == index) is not { } port) return new(Errno.NoEntry);
            Remove(port);
            return Answer.Ok;
        }
    }

    /// <summary>Its programs leave their slots, and if it was the last port of its card, the card with all that it has.</summary>
    public void Remove(NetDevice device)
    {
        lock (Rtnl)
        {
            if (device.IsGone) return;
            XdpAttachment.Uninstall(device);
            device.Card?.Remove(device);
            device.IsGone = true;
            _devices.Remove(device);
            LinkChanged?.Invoke(device, false);
        }
    }

    /// <summary>Slots and programs stay as they are.</summary>
    public void Move(NetDevice device, NetNamespace space)
    {
        lock (Rtnl)
        {
            device.Namespace = space;
            if (_devices.Exists(d => d != device && d.Namespace == space && d.Ifindex == device.Ifindex)) device.Ifindex = NextIfindex(space);
        }
    }

    /// <summary>Gives a device another number, which no other has in its namespace.</summary>
    public void Renumber(NetDevice device, int ifindex)
    {
        lock (Rtnl)
        {
            if (_devices.Exists(d => d != device && d.Namespace == device.Namespace && d.Ifindex == ifindex)) throw new ArgumentException($"interface {ifindex} is there", nameof(ifindex));
            device.Ifindex = ifindex;
        }
    }

    /// <summary>The device of a number, as a process in that namespace sees it.</summary>
    internal NetDevice? Find(NetNamespace space, int ifindex) => _devices.Find(d => d.Namespace == space && d.Ifindex == ifindex);

    internal NetDevice? Find(NetNamespace space, string name) => _devices.Find(d => d.Namespace == space && d.Name == name);

    internal IEnumerable<NetDevice> DevicesOf(NetNamespace space) => _devices.Where(d => d.Namespace == space).OrderBy(d => d.Ifindex);

    internal void SayChanged(NetDevice device) => LinkChanged?.Invoke(device, true);

    void Add(NetDevice device)
    {
        device.Ifindex = NextIfindex(device.Namespace);
        _devices.Add(device);
    }

    int NextIfindex(NetNamespace space) => _devices.Where(d => d.Namespace == space).Select(d => d.Ifindex).DefaultIfEmpty().Max() + 1;
}
