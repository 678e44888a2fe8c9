using Chainring.Kernels;
using Chainring.Nic;

namespace Chainring.Host.Driver.Emulated;

/// <summary>
/// A card that offloads (<c>struct bpf_offload_dev</c>): its ports, and the programs and maps that were loaded for it, for whichever port. They report
/// one port as their home, and move to another when that goes.
/// </summary>
public sealed class OffloadDevice
{
    readonly EmulatedHost _host;
    readonly List<NetDevice> _ports = [];
    readonly List<BpfProgram> _programs = [];
    readonly List<BpfMap> _maps = [];
    int _sequence;

    internal OffloadDevice(EmulatedHost host, int number, Capabilities capabilities)
    {
        (_host, Number) = (host, number);
        Driver = new OffloadDriver(capabilities);
        Memory = new CardMemory(host.ProgramIds, host.MapIds);
    }

    /// <summary>Which card of the host.</summary>
    public int Number { get; }

    /// <summary>Its name on its bus: <c>netdevsim3</c>.</summary>
    public string Name => $"{Bus}{Number}";

    public string Bus => Driver.Name;

    public Capabilities Capabilities => Driver.Capabilities;

    internal OffloadDriver Driver { get; }

    internal CardMemory Memory { get; }

    public CardSwitches Switches { get; } = new();

    /// <summary>The one that was added last comes first.</summary>
    public IReadOnlyList<NetDevice> Ports => _ports;

    /// <summary>Programs that were loaded for it, in that order.</summary>
    public IReadOnlyList<BpfProgram> Programs => _programs;

    public IReadOnlyList<BpfMap> Maps => _maps;

    internal SmartNic NewEngine() => new(new CardOptions { Capabilities = Capabilities, Memory = Memory, Target = _host.Options.Target, Seed = _host.Options.Seed });

    /// <summary>Programs whose loading has begun, those that were refused too. May be asked while one is verified.</summary>
    public int LoadsBegun => Volatile.Read(ref _sequence);

    internal int NextSequence() => _sequence++;

    internal void Add(NetDevice port) => _ports.Insert(0, port);

    internal void Add(BpfProgram program) => _programs.Add(program);

    internal void Add(BpfMap map) => _maps.Add(map);

    internal void Forget(BpfProgram program) => _programs.Remove(program);

    internal void Forget(BpfMap map) => _maps.Remove(map);

    /// <summary>A port goes: what was at home there moves to the first that is left, or has no home any more.</summary>
    internal void Remove(NetDevice port)
    {
        _ports.Remove(port);
        port.Card = null;
        var home = _ports.FirstOrDefault();
        foreach (var program in _programs.Where(p => p.Home == port).ToArray())
        {
            // What is bound to that device alone goes with it.
            if (home is not null && program.IsOffloaded)
            {
                program.Home = home;
                continue;
            }
            _programs.Remove(program);
            program.Orphan();
        }
        foreach (var map in _maps.Where(m => m.Home == port).ToArray())
        {
            if (home is not null)
            {
                map.Home = home;
                continue;
            }
            _maps.Remove(map);
            if (map is CardMap onCard) onCard.Orphan();
            else ((ChainMap)map).Orphan();
        }
    }
}
