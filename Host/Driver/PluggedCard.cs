using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Wrappers;
using Chainring.Offload;

namespace Chainring.Host.Driver;

/// <summary>The ports of a card, plugged in as a card file says, and what carries verdicts out between them. Owns the wires.</summary>
public sealed class PluggedCard : IDisposable
{
    readonly WireOpener _opener;
    readonly List<IWire> _wires = [];
    readonly List<Port> _ports = [];
    readonly List<LookaheadWire> _ahead = [];
    readonly List<IWire> _ending = [];
    readonly List<Port> _endingHosts = [];
    readonly Dictionary<uint, IWire> _sockets = [];
    readonly Dictionary<Port, FaultInjectorWire> _faults = [];
    long _taken;

    PluggedCard(SmartNic card, WireOpener opener) => (Card, _opener) = (card, opener);

    public SmartNic Card { get; }

    public IReadOnlyList<Port> Ports => _ports;

    /// <summary>Ports whose hosts send for a while and then have sent everything.</summary>
    public IReadOnlyCollection<Port> EndingHosts => _endingHosts;

    /// <summary>What goes wrong on the wires of ports.</summary>
    public IReadOnlyDictionary<Port, FaultInjectorWire> Faults => _faults;

    public VerdictCarrier Carrier => field ??= new(Card.Maps, _sockets, _ports);

    /// <summary>Why a capture ended early; null if none did.</summary>
    public Problem? Problem => _opener.Problem;

    /// <summary>
    /// Plugs every port in, or none. Ports of a card that is not in operation share numbers and clock of their frames.
    /// </summary>
    public static Result<PluggedCard> Plug(SmartNic card, CardSpec spec, WireOpener opener)
    {
        var plugged = new PluggedCard(card, opener);
        bool whole = false;
        try
        {
            if (plugged.Open(spec) is { } problem) return problem;
            card.Network.Set(spec.Routes, spec.Neighbours);
            card.Network.Set(spec.InetSockets, spec.SynCookies);
            whole = true;
            return plugged;
        }
        finally
        {
            // Also when a file cannot be written, which is thrown.
            if (!whole) plugged.Dispose();
        }
    }

    /// <summary>Of a card that is not in operation: the port whose next frame arrived first; null if no wire has one.</summary>
    internal Port? Earliest()
    {
        Port? earliest = null;
        ulong earliestNs = ulong.MaxValue;
        for (int n = 0; n < _ahead.Count; n++)
        {
            if (!_ahead[n].TryPeek(out ulong ns) || (earliest is not null && ns >= earliestNs)) continue;
            (earliest, earliestNs) = (_ports[n], ns);
        }
        return earliest;
    }

    /// <summary>
    /// Whether a wire that has no frame now may have one yet: one that ends has not ended, or an injector has lost frames since the last call.
    /// </summary>
    internal bool MayGoOn()
    {
        long before = _taken;
        _taken = _faults.Values.Sum(f => f.Receiving.Taken);
        return _taken != before || _ending.Any(w => !w.Ended);
    }

    public void Dispose()
    {
        foreach (var wire in _wires) wire.Dispose();
    }

    Problem? Open(CardSpec spec)
    {
        IEnumerable<(WireSpec Wire, PortConfig Port)> all =
        [
            .. spec.Ports.SelectMany(p => new[] { (p.Wire, p.Config), (p.Host, p.Config) }),
            .. spec.Sockets.Select(s => (s.Value, new PortConfig { Name = $"xsk{s.Key}" })),
        ];
        foreach (var (wire, port) in all)
        {
            if (!_opener.Open(wire, port).Try(out var bare, out var problem)) return problem;
            _wires.Add(bare);
        }

        int at = 0;
        IWire Wrapped(WireSpec wire, PortConfig port, out FaultInjectorWire? faults) => _wires[at] = _opener.Wrap(_wires[at++], wire, port, out faults);
        var arrivals = new Arrivals();
        foreach (var port in spec.Ports)
        {
            var wire = Wrapped(port.Wire, port.Config, out var faults);
            var host = Wrapped(port.Host, port.Config, out _);
            if (port.Wire.Kind != WireKind.Loopback) _ending.Add(wire);
            // So that the frames of several ports can be taken in the order of their arrival.
            if (!_opener.Live)
            {
                _ahead.Add(new LookaheadWire(wire));
                wire = _ahead[^1];
            }
            _ports.Add(new Port(Card, port.Ifindex, wire, port.Config, _opener.Live ? null : arrivals) { Host = host, LinkUp = port.LinkUp });
            if (faults is not null) _faults.Add(_ports[^1], faults);
            if (port.Host.HasEnd) _endingHosts.Add(_ports[^1]);
        }
        foreach (var (number, socket) in spec.Sockets) _sockets.Add(number, Wrapped(socket, new PortConfig { Name = $"xsk{number}" }, out _));
        return null;
    }
}
