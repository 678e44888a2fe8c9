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
    readonly Dictionary<uint, IWire> _sockets = [];

    PluggedCard(SmartNic card, WireOpener opener) => (Card, _opener) = (card, opener);

    public SmartNic Card { get; }

    public IReadOnlyList<Port> Ports => _ports;

    public VerdictCarrier Carrier => field ??= new(Card.Maps, _sockets, _ports);

    /// <summary>Why a capture ended early; null if none did.</summary>
    public Problem? Problem => _opener.Problem;

    /// <summary>Plugs every port in, or none. Ports of a card that is not in operation share numbers and clock of their frames.</summary>
    public static Result<PluggedCard> Plug(SmartNic card, CardSpec spec, WireOpener opener)
    {
        var plugged = new PluggedCard(card, opener);
        var arrivals = new Arrivals();
        foreach (var port in spec.Ports)
        {
            if (!plugged.Open(port.Wire, port.Config).Try(out var wire, out var problem) || !plugged.Open(port.Host, port.Config).Try(out var host, out problem))
                return plugged.Unplug(problem);
            // So that the frames of several ports can be taken in the order of their arrival.
            if (!opener.Live) plugged._ahead.Add(new LookaheadWire(wire));
            if (!opener.Live) wire = plugged._ahead[^1];
            plugged._ports.Add(new Port(card, port.Ifindex, wire, port.Config, opener.Live ? null : arrivals) { Host = host, LinkUp = port.LinkUp });
        }
        foreach (var (number, socket) in spec.Sockets)
        {
            if (!plugged.Open(socket, new PortConfig { Name = $"xsk{number}" }).Try(out var wire, out var problem)) return plugged.Unplug(problem);
            plugged._sockets.Add(number, wire);
        }
        card.Network.Set(spec.Routes, spec.Neighbours);
        return plugged;
    }

    Problem Unplug(Problem why)
    {
        Dispose();
        return why;
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

    public void Dispose()
    {
        foreach (var wire in _wires) wire.Dispose();
    }

    Result<IWire> Open(WireSpec spec, PortConfig port)
    {
        var opened = _opener.Open(spec, port);
        if (opened.Problem is null) _wires.Add(opened.Value);
        return opened;
    }
}
