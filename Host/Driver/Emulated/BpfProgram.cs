using Chainring.Kernels;
using Chainring.Nic;

namespace Chainring.Host.Driver.Emulated;

/// <summary>What a program is for (<c>enum bpf_prog_type</c>), as far as it matters here; others are taken and never run.</summary>
public enum ProgramType
{
    SocketFilter = 1,
    Classifier = 3,
    Xdp = 6,
}

/// <summary>What is known of a program when it has been loaded.</summary>
public sealed record ProgramFacts
{
    public required string Name { get; init; }

    public required ProgramType Type { get; init; }

    /// <summary>BPF_XDP (37), BPF_XDP_DEVMAP (33), BPF_XDP_CPUMAP (35), or whatever was given.</summary>
    public int ExpectedAttachType { get; init; }

    public bool TakesFragments { get; init; }

    public bool IsGpl { get; init; }

    /// <summary>Its instructions as the kernel keeps them.</summary>
    public required byte[] Code { get; init; }

    /// <summary>See <see cref="ProgramTag"/>.</summary>
    public required ulong Tag { get; init; }

    /// <summary>Instructions that the verifier went over.</summary>
    public int Verified { get; init; }

    /// <summary>Nanoseconds since the host started.</summary>
    public ulong LoadTimeNs { get; init; }

    public uint Uid { get; init; }
}

/// <summary>
/// A program of the emulated host. <i>Ordinary</i> ones run on the host; <i>offloaded</i> ones (loaded with an ifindex) on a card; those that are only
/// <i>bound</i> to a device run on the host, on that device alone.
/// </summary>
public sealed class BpfProgram : BpfObject
{
    readonly EmulatedHost _host;
    readonly SmartNic? _engine;
    readonly List<BpfMap> _maps = [];

    internal BpfProgram(EmulatedHost host, ProgramFacts facts, LoadedProgram? loaded, SmartNic? engine, IReadOnlyList<BpfMap> maps, BpfTypes? types)
    {
        (_host, Facts, Loaded, _engine, Types) = (host, facts, loaded, engine, types);
        foreach (var map in maps) Bind(map);
        types?.Retain();
        Id = loaded?.Id ?? host.ProgramIds.Take();
        host.ProgramsById.Add(Id, this);
    }

    public uint Id { get; }

    public ProgramFacts Facts { get; }

    /// <summary>Those that its code names, and those that were bound to it since.</summary>
    public IReadOnlyList<BpfMap> Maps => _maps;

    public BpfTypes? Types { get; }

    /// <summary>On the host or the card that runs it; null of an orphan, and of programs that nothing runs.</summary>
    public LoadedProgram? Loaded { get; private set; }

    /// <summary>It was loaded for a device.</summary>
    public bool IsDeviceBound { get; init; }

    /// <summary>It runs on the card, not on the host.</summary>
    public bool IsOffloaded { get; init; }

    /// <summary>The port that it is reported with; it moves when that goes. Null of ordinary programs, and of orphans.</summary>
    public NetDevice? Home { get; internal set; }

    /// <summary>The device that it was loaded for has gone.</summary>
    public bool IsOrphan => IsDeviceBound && Home is null;

    /// <summary>Which of the programs of its card it was, from 0 on.</summary>
    public int Sequence { get; init; }

    /// <summary>Holds a map from here on, if it does not yet.</summary>
    internal void Bind(BpfMap map)
    {
        if (_maps.Contains(map)) return;
        map.Retain();
        _maps.Add(map);
    }

    /// <summary>Whether it may be attached to a device at all (<c>bpf_offload_dev_match</c>).</summary>
    internal bool Matches(NetDevice device) =>
        Home is { } home && (home == device || (IsOffloaded && home.Card is { } card && card == device.Card));

    /// <summary>The card has gone, and what it had of the program.</summary>
    internal void Orphan()
    {
        Home = null;
        Unload();
    }

    void Unload()
    {
        if (Loaded is { } loaded) _engine!.Release(loaded);
        Loaded = null;
    }

    private protected override void Destroy()
    {
        _host.ProgramsById.Remove(Id);
        Home?.Card?.Forget(this);
        Unload();
        foreach (var map in Maps) map.Release();
        Types?.Release();
    }
}
