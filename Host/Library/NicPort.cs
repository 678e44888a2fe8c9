using Chainring.Host.Driver.Emulated;
using Chainring.Host.Driver.Netlink;

namespace Chainring.Host;

/// <summary>A port of a card, in libbpf's words.</summary>
public sealed class NicPort : IDisposable
{
    readonly Nic _nic;
    readonly NetDevice _device;
    readonly RouteSocket _socket;

    internal NicPort(Nic nic, NetDevice device)
    {
        (_nic, _device) = (nic, device);
        _socket = nic.Process.OpenRouteSocket();
        _socket.ExtendedAck = true;
    }

    public int Ifindex => _device.Ifindex;

    public string Name => _device.Name;

    public PortSwitches Switches => _device.Switches;

    internal Nic Nic => _nic;

    /// <summary>The answer to the last request, as bytes.</summary>
    public byte[] LastReply { get; private set; } = [];

    /// <summary><c>bpf_xdp_attach</c>: puts a program into a mode's slot.</summary>
    /// <param name="mode">Null for native if the driver has it, else generic.</param>
    /// <param name="expected">With <see cref="XdpFlags.Replace"/>: what must be there now, null for nothing.</param>
    /// <param name="chain">The table to install with it; null to say nothing of tables.</param>
    /// <param name="expectedRevision">The revision that the table that is installed must have, 0 for none; null to not care.</param>
    /// <exception cref="XdpException">It was refused, and nothing has changed.</exception>
    public void Attach(XdpProgram program, XdpMode? mode = null, XdpFlags flags = XdpFlags.None, XdpProgram? expected = null, XdpChain? chain = null, ulong? expectedRevision = null) =>
        Change($"program {program.Name} cannot be attached to {Name}", program.Fd, mode, flags, expected, chain?.Fd, expectedRevision);

    /// <summary><c>bpf_xdp_detach</c>: takes away what is in a mode's slot, also if nothing is.</summary>
    /// <param name="withChain">The chain table goes too; without, a port that has one refuses.</param>
    public void Detach(XdpMode? mode = null, XdpFlags flags = XdpFlags.None, XdpProgram? expected = null, bool withChain = false, ulong? expectedRevision = null) =>
        Change($"{Name} cannot be detached", -1, mode, flags, expected, withChain ? -1 : null, expectedRevision);

    /// <summary>Puts a chain in the place of what is there, whole: its first program, null for none; its table, null for none; and libxdp's end, null for the table's own.</summary>
    /// <param name="expected">What must be there now, null for nothing.</param>
    internal void Install(XdpMode mode, XdpProgram? first, XdpProgram? expected, XdpChain? table, (int Fd, uint Actions)? end) =>
        Change($"the programs of {Name} cannot be changed", first?.Fd ?? -1, mode, XdpFlags.Replace, expected, table?.Fd ?? -1, null, end);

    void Change(string what, int fd, XdpMode? mode, XdpFlags flags, XdpProgram? expected, int? chain, ulong? revision, (int Fd, uint Actions)? end = null)
    {
        var bits = flags | mode switch { XdpMode.Skb => XdpFlags.SkbMode, XdpMode.Drv => XdpFlags.DrvMode, XdpMode.Hw => XdpFlags.HwMode, _ => XdpFlags.None };
        _socket.Send(LinkRequestBytes.SetXdp(Ifindex, fd, bits, flags.HasFlag(XdpFlags.Replace) ? expected?.Fd ?? -1 : null, chain, revision, end));
        LastReply = _socket.Receive()!;
        var answer = NetlinkReply.Read(LastReply);
        if (!answer.IsOk) throw new XdpException(answer.Errno, what, answer.Text, attribute: XdpException.AttributeOf(answer.Errno));
    }

    /// <summary><c>bpf_xdp_query</c>.</summary>
    public XdpQuery Query()
    {
        _socket.Send(LinkRequestBytes.Get(Ifindex));
        LastReply = _socket.Receive()!;
        return NetlinkReply.XdpOf(LastReply) ?? throw new XdpException(NetlinkReply.Read(LastReply).Errno, $"{Name} cannot be asked");
    }

    /// <summary>A frame comes in: the card's program has it first, then that of the host.</summary>
    /// <param name="frame">14 bytes at least.</param>
    public FrameOutcome Receive(ReadOnlySpan<byte> frame) => _device.Receive(frame);

    public void Dispose() => _socket.Dispose();
}
