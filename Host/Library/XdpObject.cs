using Chainring.Host.Driver.Peers;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host;

/// <summary>An object file from clang, opened and perhaps loaded, in libbpf's words. Its descriptors are closed with it.</summary>
public sealed class XdpObject : IDisposable
{
    readonly Dictionary<string, XdpMap> _maps = [];
    readonly Dictionary<string, XdpProgram> _programs = [];

    XdpObject(ObjectSpec spec) => Spec = spec;

    /// <summary>What the file says.</summary>
    public ObjectSpec Spec { get; }

    /// <summary>Programs that were loaded.</summary>
    public IEnumerable<XdpProgram> Programs => _programs.Values;

    /// <summary>Maps that were created.</summary>
    public IEnumerable<XdpMap> Maps => _maps.Values;

    /// <summary><c>bpf_object__open_file</c>.</summary>
    /// <exception cref="XdpException">EINVAL: the file cannot be read as an object.</exception>
    public static XdpObject Open(string path, LoadOptions? options = null) =>
        ObjectLoader.LoadFile(path, options).Try(out var spec, out var problem) ? new(spec) : throw new XdpException(Kernels.Errno.Invalid, path, problem.Sentence);

    /// <summary>The same of a file's contents.</summary>
    public static XdpObject Open(ReadOnlyMemory<byte> bytes, string name = "object") =>
        ObjectLoader.Load(bytes, name).Try(out var spec, out var problem) ? new(spec) : throw new XdpException(Kernels.Errno.Invalid, name, problem.Sentence);

    /// <summary><c>bpf_object__load</c>, everything for the host: for SKB and DRV mode.</summary>
    public XdpObject LoadOnHost(Nic nic) => Load(nic, ifindex: 0);

    /// <summary>The same for a card: every program and map is given the port's number (<c>bpf_program__set_ifindex</c>), for HW mode.</summary>
    public XdpObject LoadFor(NicPort port) => Load(port.Nic, port.Ifindex);

    XdpObject Load(Nic nic, int ifindex)
    {
        if (_programs.Count != 0) throw new XdpException(Kernels.Errno.Invalid, Spec.Name, "object is loaded already");
        try
        {
            foreach (var map in Spec.Maps) Create(nic, map, ifindex);
            using var types = Spec.Types.IsEmpty ? null : XdpTypes.Load(nic, Spec.Types.Span);
            foreach (var program in Spec.Programs.Where(p => p is { OtherType: null, Problem: null })) _programs.Add(program.Name, XdpProgram.Load(nic, program, ifindex, name => _maps[name], types));
            FillSlots();
        }
        catch
        {
            Dispose();
            throw;
        }
        return this;
    }

    void Create(Nic nic, MapSpec spec, int ifindex)
    {
        if (_maps.ContainsKey(spec.Name)) return;
        // A map of maps is made after one that is like those in it.
        XdpMap? template = spec.Inner is { } inner ? XdpMap.Create(nic, inner, ifindex) : null;
        // Events belong to the host, wherever they come from.
        var map = XdpMap.Create(nic, spec, spec.Type == MapType.PerfEventArray ? 0 : ifindex, template);
        template?.Dispose();
        _maps.Add(spec.Name, map);
        if (spec.InitialValue is { } data)
        {
            map.Update(BitConverter.GetBytes(0), data);
            if (spec.Flags.HasFlag(MapFlags.ReadOnlyForPrograms)) map.Freeze();
        }
    }

    /// <summary>What static initialisers put into maps.</summary>
    void FillSlots()
    {
        foreach (var slot in Spec.MapSlots)
        {
            int fd = _maps.TryGetValue(slot.Target, out var map) ? map.Fd : _programs[slot.Target].Fd;
            _maps[slot.Map].Update(BitConverter.GetBytes(slot.Index), BitConverter.GetBytes(fd));
        }
        foreach (var slot in Spec.TailCallsOf(Spec.Programs)) _maps[slot.Map].Update(BitConverter.GetBytes(slot.Index), BitConverter.GetBytes(_programs[slot.Program].Fd));
    }

    /// <summary><c>bpf_object__find_program_by_name</c>.</summary>
    public XdpProgram Program(string name) =>
        _programs.GetValueOrDefault(name) ?? throw new XdpException(Kernels.Errno.NoEntry, Spec.Name, $"no program {name} is loaded; there are {string.Join(", ", _programs.Keys)}");

    /// <summary><c>bpf_object__find_map_by_name</c>.</summary>
    public XdpMap Map(string name) =>
        _maps.GetValueOrDefault(name) ?? throw new XdpException(Kernels.Errno.NoEntry, Spec.Name, $"no map {name} is there; there are {string.Join(", ", _maps.Keys)}");

    public void Dispose()
    {
        foreach (var program in _programs.Values) program.Dispose();
        foreach (var map in _maps.Values) map.Dispose();
        _programs.Clear();
        _maps.Clear();
    }
}

/// <summary>A program that was loaded.</summary>
public sealed class XdpProgram : IDisposable
{
    const int LogBytes = 1 << 16, AttributeBytes = 148, Xdp = 6;

    const uint HasFragments = 1 << 5;

    readonly Nic _nic;

    XdpProgram(Nic nic, ProgramSpec spec, int fd, string log) => (_nic, Spec, Fd, Log, RunConfig) = (nic, spec, fd, log, spec.RunConfig ?? LibxdpConfig.Default);

    public ProgramSpec Spec { get; }

    public string Name => Spec.Name;

    /// <summary>Its descriptor in <see cref="Nic.Process"/>.</summary>
    public int Fd { get; }

    /// <summary>What loading it has put out.</summary>
    public string Log { get; }

    /// <summary>Its id in the host.</summary>
    public uint Id => XdpMap.IdOf(_nic, Fd);

    /// <summary>Its place and chain-call actions among libxdp's programs: what <c>.xdp_run_config</c> in the object says, else priority 50 and PASS.</summary>
    internal LibxdpConfig RunConfig { get; private set; }

    /// <summary>The <see cref="XdpMultiprog"/> that it is attached by.</summary>
    internal XdpMultiprog? AttachedBy { get; set; }

    /// <summary><c>xdp_program__run_prio</c>, <c>xdp_program__set_run_prio</c>: lower ones run first.</summary>
    /// <exception cref="XdpException">EINVAL: it is attached already.</exception>
    public long RunPriority
    {
        get => RunConfig.Priority;
        set => RunConfig = Changeable with { Priority = value };
    }

    /// <summary><c>xdp_program__chain_call_enabled</c>: the next program runs after that code.</summary>
    public bool IsChainCallEnabled(XdpAction action) => (RunConfig.Actions >> (int)action & 1) != 0;

    /// <summary><c>xdp_program__set_chain_call_enabled</c>.</summary>
    /// <exception cref="XdpException">EINVAL: it is attached already.</exception>
    public void SetChainCallEnabled(XdpAction action, bool enabled) => RunConfig = Changeable.With(action, enabled);

    LibxdpConfig Changeable => AttachedBy is null ? RunConfig : throw new XdpException(Kernels.Errno.Invalid, $"program {Name} is attached");

    internal static XdpProgram Load(Nic nic, ProgramSpec spec, int ifindex, Func<string, XdpMap> maps, XdpTypes? types)
    {
        byte[] code = Encoding.Encode(LinuxProgram.WithMaps(spec, name => maps(name).Fd)), text = [];
        var call = new BpfCallBuilder(nic.Process, AttributeBytes)
            .Put(0, Xdp).Put(4, spec.InstructionCount).PutAddress(8, code)
            .PutAddress(16, System.Text.Encoding.UTF8.GetBytes((spec.License ?? "") + '\0'))
            .Put(24, 1).Put(28, LogBytes).PutAddress(32, new byte[LogBytes], out ulong log)
            .Put(44, (int)(spec.Frags ? HasFragments : 0)).Put(48, spec.Name).Put(64, ifindex);
        types?.Describe(call, spec);
        int fd = call.Call(BpfCommand.ProgramLoad, () => text = nic.Process.Memory.Read(log, LogBytes));
        string said = System.Text.Encoding.UTF8.GetString(text, 0, Array.IndexOf(text, (byte)0));
        return fd > 0 ? new(nic, spec, fd, said) : throw new XdpException(-fd, $"program {spec.Name} is refused", log: said);
    }

    public void Dispose() => _nic.Process.Close(Fd);
}
