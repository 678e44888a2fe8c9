using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Nic;

/// <summary>
/// Carries verdicts out: PASS to the host's wire, TX out of the port that the frame came from, REDIRECT out of the ports that its
/// target names; everything else is recycled. What is redirected to a CPU goes to the host's wire, as Linux hands it to its network
/// stack there. Any CPU's thread may bring its batches. A frame whose VLAN tag was taken out gets it back on its way to the host, and only there, as with Linux' drivers; its
/// bytes in the batch are not to be looked at after that.
/// </summary>
public sealed class VerdictCarrier : IFrameSink
{
    readonly MapTable _maps;
    readonly Port[] _ports;
    readonly Dictionary<uint, Port> _byIfindex;
    readonly IReadOnlyDictionary<uint, IWire> _sockets;

    /// <param name="maps">Those of the card, among them the devmaps of broadcasts.</param>
    public VerdictCarrier(MapTable maps, params IEnumerable<Port> ports) : this(maps, new Dictionary<uint, IWire>(), ports)
    {
    }

    /// <param name="sockets">What is behind AF_XDP sockets, by the numbers that xskmaps have.</param>
    public VerdictCarrier(MapTable maps, IReadOnlyDictionary<uint, IWire> sockets, params IEnumerable<Port> ports)
    {
        _maps = maps;
        _sockets = sockets;
        _ports = [.. ports];
        _byIfindex = _ports.ToDictionary(p => p.Ifindex);
    }

    /// <summary>Frames by where they ended; they add up to the frames that were finished.</summary>
    public long Count(FrameEnd end) => _ports.Sum(p => p.Ended(end));

    public void Finished(PacketBatch batch)
    {
        var port = _byIfindex[batch.Frame(0).IngressIfindex];
        var queue = port.Queues[batch.Queue];
        for (int n = 0; n < batch.Count; n++)
        {
            var end = Carry(batch, n, port, queue);
            if (end is { } known) queue.CountEnd(known);
        }
        foreach (var other in _ports) other.TxQueues[batch.Queue].Flush(queue);
    }

    public void Missed(in WireFrame frame, long index, MissReason reason)
    {
    }

    /// <summary>Where the frame ended; null if a TX queue has it, and will say.</summary>
    FrameEnd? Carry(PacketBatch batch, int n, Port port, RxQueue from) => batch.Verdicts[n].Action switch
    {
        XdpAction.Pass => HandOver(batch, n, port.Host, FrameEnd.ToHost),
        XdpAction.Tx => Send(batch, n, port, FrameEnd.SentBack, from),
        XdpAction.Redirect => Redirect(batch, n, port, from),
        _ => FrameEnd.Recycled,
    };

    /// <summary>To the host's side, with the tag that was taken out.</summary>
    static FrameEnd HandOver(PacketBatch batch, int n, IWire wire, FrameEnd end)
    {
        ref readonly var frame = ref batch.Frame(n);
        var bytes = frame.Hints.HasVlanTag ? VlanTag.PutBack(batch.Buffer(n), frame) : batch.Bytes(n);
        return wire.TrySend(bytes, frame.TimestampNs, batch.Queue) ? end : FrameEnd.Refused;
    }

    static FrameEnd? Send(PacketBatch batch, int n, Port port, FrameEnd end, RxQueue from)
    {
        if (!port.LinkUp) return FrameEnd.LinkDown;
        port.TxQueues[batch.Queue].Put(batch, n, end, from);
        return null;
    }

    FrameEnd? Redirect(PacketBatch batch, int n, Port port, RxQueue from)
    {
        ref readonly var frame = ref batch.Frame(n);
        var target = frame.Redirect;
        return target.Kind switch
        {
            RedirectKind.Interface when _byIfindex.TryGetValue(target.Number, out var other) =>
                other.Fits(frame.Length) ? Send(batch, n, other, FrameEnd.Redirected, from) : FrameEnd.TooLong,
            RedirectKind.Cpu => HandOver(batch, n, port.Host, FrameEnd.Redirected),
            // What a socket gets is the frame as the program left it: there is no place beside it for a tag.
            RedirectKind.Socket when _sockets.TryGetValue(target.Number, out var socket) =>
                socket.TrySend(batch.Bytes(n), frame.TimestampNs, batch.Queue) ? FrameEnd.ToSocket : FrameEnd.Refused,
            RedirectKind.Broadcast when _maps.Find(target.Number) is IDevMap devices => Broadcast(devices, batch, n, from),
            _ => FrameEnd.NoTarget,
        };
    }

    /// <summary>One copy that went out makes the broadcast a success; otherwise it ends as its last copy.</summary>
    FrameEnd Broadcast(IDevMap devices, PacketBatch batch, int n, RxQueue from)
    {
        ref readonly var frame = ref batch.Frame(n);
        var end = FrameEnd.NoTarget;
        for (int slot = 0; slot < devices.Slots; slot++)
        {
            uint ifindex = devices.InterfaceAt(slot);
            if (frame.Redirect.ExcludesIngress && ifindex == frame.IngressIfindex) continue;
            if (!_byIfindex.TryGetValue(ifindex, out var other)) continue;
            var one = !other.LinkUp ? FrameEnd.LinkDown
                : !other.Fits(frame.Length) ? FrameEnd.TooLong
                : other.TxQueues[batch.Queue].SendCopy(batch.Bytes(n), frame.TimestampNs, from) ? FrameEnd.Redirected
                : FrameEnd.Refused;
            if (end != FrameEnd.Redirected) end = one;
        }
        return end;
    }
}
