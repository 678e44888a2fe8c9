using Chainring.Kernels;
using Chainring.Kernels.Network;
using Chainring.Nic.Rss;

namespace Chainring.Nic;

/// <summary>How a port is set up.</summary>
public sealed record PortConfig
{
    public const int DefaultRing = 1024;

    /// <summary>What a frame may have besides its MTU: an Ethernet header and two VLAN tags.</summary>
    public const int HeaderBytes = 14 + 2 * VlanTag.Bytes;

    /// <summary>The largest MTU whose untagged frames fit the linear part, and the usual one: buffers of ports with more are longer.</summary>
    public const int DefaultMtu = Frame.MaxLength - 14;

    /// <summary>The largest MTU, as of most cards.</summary>
    public const int MaxMtu = 9000;

    /// <summary>Bytes of the longest frame that any port receives.</summary>
    public const int MaxFrame = MaxMtu + HeaderBytes;

    /// <summary>As the interface is called; empty for none.</summary>
    public string Name { get; init; } = "";

    /// <summary>The port's Ethernet address; programs and wires do not need it.</summary>
    public MacAddress Mac { get; init; }

    /// <summary>Its IP addresses with their networks: routes follow from them, for programs that look routes up.</summary>
    public IReadOnlyList<IpPrefix> Addresses { get; init; } = [];

    /// <summary>Packets that come in may be forwarded, as routes are looked up for them.</summary>
    public bool Forwarding { get; init; } = true;

    /// <summary>Longer packets are missed on the way in, and not redirected out.</summary>
    public int Mtu { get; init; } = DefaultMtu;

    /// <summary>Bytes of the longest frame that is received; where programs do not support frags, <see cref="Capabilities.FrameBytes"/> may be less.</summary>
    public int LongestFrame => Mtu <= DefaultMtu ? Math.Min(Mtu + HeaderBytes, Frame.MaxLength) : Mtu + HeaderBytes;

    /// <summary>Of the link, in Mb/s; 0 for unknown. Generators keep to it.</summary>
    public int SpeedMbps { get; init; }

    /// <summary>RX queues; queue n is served by CPU n.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Frames that wait in one queue's ring at most; what comes on top is missed.</summary>
    public int Ring { get; init; } = DefaultRing;

    /// <summary>A full ring holds up the wire instead of missing frames, as flow control does (IEEE 802.3x, <c>ethtool -A rx on</c>).</summary>
    public bool Pause { get; init; }

    /// <summary>Frames that a queue is polled for at once.</summary>
    public int Batch { get; init; } = 256;

    /// <summary>
    /// A queue is served as soon as that many frames wait in it, but no more than its ring holds. In operation, and without
    /// <see cref="CoalesceNs"/>, fewer frames wait for more, as <c>ethtool -C rx-frames N rx-usecs 0</c> has it.
    /// </summary>
    public int CoalesceFrames { get; init; } = int.MaxValue;

    /// <summary>
    /// A queue is served when its oldest frame has waited that long, by the wire's clock, in operation by the host's; 0 for no such limit.
    /// </summary>
    public ulong CoalesceNs { get; init; }

    /// <summary>How frames are spread over the queues; null for evenly.</summary>
    public RssConfig? Rss { get; init; }

    /// <summary>The outermost VLAN tag is taken out of received frames and becomes a hint (<c>ethtool -K rx-vlan-offload on</c>).</summary>
    public bool VlanStrip { get; init; }

    /// <summary>Checksums of received frames are checked, and the result becomes a hint (<c>ethtool -K rx-checksumming on</c>).</summary>
    public bool RxChecksum { get; init; }
}
