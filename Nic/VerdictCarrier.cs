using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Nic;

/// <summary>Where a frame's way on the card ended. Every finished frame ends in exactly one of these.</summary>
public enum FrameEnd : byte
{
    /// <summary>Dropped or aborted: its buffer is free again.</summary>
    Recycled,

    /// <summary>Handed to the host behind the port it came from.</summary>
    ToHost,

    /// <summary>Sent out of the port it came from.</summary>
    SentBack,

    /// <summary>Sent out of another port, or out of several.</summary>
    Redirected,

    /// <summary>A redirect without a target, to a port that does not exist, or a broadcast to nobody.</summary>
    NoTarget,

    /// <summary>The wire or the host did not take it.</summary>
    Refused,
}

/// <summary>
/// Carries verdicts out: PASS to the host's wire, TX out of the port that the frame came from, REDIRECT out of the ports that its
/// target names; everything else is recycled. What is redirected to a CPU goes to the host's wire, as Linux hands it to its network
/// stack there; AF_XDP sockets are not bound to anything here, so frames for them end as without target.
/// </summary>
public sealed class VerdictCarrier : IFrameSink
{
    readonly MapTable _maps;
    readonly Dictionary<uint, Port> _ports;
    readonly long[] _ends = new long[Enum.GetValues<FrameEnd>().Length];

    /// <param name="maps">Those of the card, among them the devmaps of broadcasts.</param>
    public VerdictCarrier(MapTable maps, params IEnumerable<Port> ports)
    {
        _maps = maps;
        _ports = ports.ToDictionary(p => p.Ifindex);
    }

    /// <summary>Frames by where they ended; they add up to the frames that were finished.</summary>
    public long Count(FrameEnd end) => _ends[(int)end];

    public void Finished(PacketBatch batch)
    {
        for (int n = 0; n < batch.Count; n++)
            _ends[(int)Carry(batch.Verdicts[n].Action, batch.Frame(n), batch.Bytes(n))]++;
    }

    public void Missed(in WireFrame frame, long index, MissReason reason)
    {
    }

    FrameEnd Carry(XdpAction action, in Frame frame, ReadOnlySpan<byte> bytes)
    {
        var port = _ports[frame.IngressIfindex];
        return action switch
        {
            XdpAction.Pass => Sent(port.Host, frame, bytes, FrameEnd.ToHost),
            XdpAction.Tx => Sent(port.Wire, frame, bytes, FrameEnd.SentBack),
            XdpAction.Redirect => Redirect(frame, bytes, port),
            _ => FrameEnd.Recycled,
        };
    }

    FrameEnd Redirect(in Frame frame, ReadOnlySpan<byte> bytes, Port port)
    {
        var target = frame.Redirect;
        return target.Kind switch
        {
            RedirectKind.Interface when _ports.TryGetValue(target.Number, out var other) => Sent(other.Wire, frame, bytes, FrameEnd.Redirected),
            RedirectKind.Cpu => Sent(port.Host, frame, bytes, FrameEnd.Redirected),
            RedirectKind.Broadcast when _maps.Find(target.Number) is IDevMap devices => Broadcast(devices, frame, bytes),
            _ => FrameEnd.NoTarget,
        };
    }

    FrameEnd Broadcast(IDevMap devices, in Frame frame, ReadOnlySpan<byte> bytes)
    {
        var end = FrameEnd.NoTarget;
        for (int slot = 0; slot < devices.Slots; slot++)
        {
            uint ifindex = devices.InterfaceAt(slot);
            if (frame.Redirect.ExcludesIngress && ifindex == frame.IngressIfindex) continue;
            if (!_ports.TryGetValue(ifindex, out var other)) continue;
            var one = Sent(other.Wire, frame, bytes, FrameEnd.Redirected);
            // One copy that went out makes the broadcast a success.
            if (end != FrameEnd.Redirected) end = one;
        }
        return end;
    }

    static FrameEnd Sent(IWire wire, in Frame frame, ReadOnlySpan<byte> bytes, FrameEnd end) =>
        wire.TrySend(bytes, frame.TimestampNs, (int)frame.RxQueue) ? end : FrameEnd.Refused;
}
