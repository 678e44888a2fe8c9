using Chainring.Kernels;
using Chainring.Kernels.Network;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Wrappers;

namespace Chainring.Host.Driver;

/// <summary>A card as a card file describes it: ports, and what they are plugged into. Pure data.</summary>
public sealed record CardSpec
{
    public required IReadOnlyList<PortSpec> Ports { get; init; }

    /// <summary>What is behind AF_XDP sockets, by the numbers that xskmaps have.</summary>
    public IReadOnlyDictionary<uint, WireSpec> Sockets { get; init; } = new Dictionary<uint, WireSpec>();

    /// <summary>What programs that look routes up find, beside what follows from the ports' addresses.</summary>
    public IReadOnlyList<Route> Routes { get; init; } = [];

    public IReadOnlyList<Neighbour> Neighbours { get; init; } = [];

    /// <summary>The host's TCP and UDP sockets, as programs find them.</summary>
    public IReadOnlyList<SocketSpec> InetSockets { get; init; } = [];

    public SynCookieUse SynCookies { get; init; } = SynCookieUse.WhenQueueIsFull;

    /// <summary>The same card with nothing plugged in.</summary>
    public CardSpec Unplugged => this with { Ports = [.. Ports.Select(p => p with { Wire = new(), Host = new() })], Sockets = new Dictionary<uint, WireSpec>() };

    /// <summary>Packet buffers of all queues' rings and batches, of 4 KiB each.</summary>
    public long Buffers => Ports.Sum(p => BuffersOf(p.Config));

    /// <summary>A frame needs several where the MTU allows frames with fragments.</summary>
    public static long BuffersOf(PortConfig port)
    {
        int ofFrame = (Frame.BufferFor(port.LongestFrame) + Frame.BufferBytes - 1) / Frame.BufferBytes;
        return (long)port.Queues * (port.Ring + Math.Min(port.Batch, port.Ring)) * ofFrame;
    }

    /// <summary>CPUs: as many as the port with the most queues has queues.</summary>
    public int Queues => Ports.Max(p => p.Config.Queues);
}

/// <param name="Ifindex">The interface index that programs see.</param>
/// <param name="LinkUp">The link is up from the start.</param>
/// <param name="Wire">What the port is plugged into.</param>
/// <param name="Host">Where frames that pass go, and what the host sends comes from.</param>
public sealed record PortSpec(uint Ifindex, PortConfig Config, bool LinkUp, WireSpec Wire, WireSpec Host);

/// <summary>What a wire is.</summary>
public enum WireKind
{
    /// <summary>Takes everything, gives nothing.</summary>
    Null,

    /// <summary>Gives back what it takes.</summary>
    Loopback,

    /// <summary>Plays a capture.</summary>
    Capture,

    /// <summary>Generates traffic.</summary>
    Generate,

    /// <summary>A TAP interface of the host.</summary>
    Tap,

    /// <summary>A packet socket on an interface of the host.</summary>
    Interface,
}

/// <summary>A wire and the wires around it. Pure data.</summary>
public sealed record WireSpec
{
    public WireKind Kind { get; init; }

    /// <summary>File and line.</summary>
    public string Where { get; init; } = "";

    /// <summary>The capture's path, or the interface's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>How often a capture is played.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>Live, a capture plays as its timestamps say; otherwise as fast as it can be taken.</summary>
    public bool Paced { get; init; } = true;

    public TrafficSpec Traffic { get; init; } = new();

    /// <summary>How many frames a generator makes; null for no end.</summary>
    public long? Frames { get; init; }

    /// <summary>A generator's rate in Mb/s; 0 for the port's speed.</summary>
    public int RateMbps { get; init; }

    /// <summary>The capture that what is sent goes into; null for none.</summary>
    public string? Out { get; init; }

    /// <summary>The text file that a line for every frame goes into; null for none.</summary>
    public string? Trace { get; init; }

    /// <summary>The capture that every frame in both directions goes into; null for none.</summary>
    public string? Record { get; init; }

    /// <summary>What goes wrong with received frames, and with sent ones; null for nothing.</summary>
    public FaultSpec? FaultsIn { get; init; }

    public FaultSpec? FaultsOut { get; init; }

    /// <summary>It gives frames, and at some time has given all of them.</summary>
    public bool HasEnd => Kind == WireKind.Capture || (Kind == WireKind.Generate && Frames is not null);

    /// <summary>It goes on for ever and has a clock of its own, so that only a card in operation can use it.</summary>
    public bool IsEndless => Kind is WireKind.Tap or WireKind.Interface || (Kind == WireKind.Generate && Frames is null);
}
