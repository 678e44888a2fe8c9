using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Chainring.Kernels.Network;

namespace Chainring.Tests.Oracle;

/// <summary>
/// The sockets of a card, opened in the kernel. To be used inside <see cref="KernelPorts"/>. Their addresses need be nobody's: connections come about by
/// TCP_REPAIR, without a packet.
/// </summary>
sealed class KernelSockets : IDisposable
{
    const int SocketLevel = 1, IpLevel = 0, TcpLevel = 6, Ipv6Level = 41;
    const int ReuseAddress = 2, ReusePort = 15, PriorityOption = 12, BindToDevice = 25, MarkOption = 36, IpTransparent = 19, Ipv6Only = 26, Ipv6Transparent = 75, TcpRepair = 19;

    const int RepairOn = 1, RepairOffWithoutProbe = -1, Backlog = 16;

    readonly List<Socket> _sockets = [];

    /// <param name="port">An interface over which anyone is reached while connections are made.</param>
    public KernelSockets(IEnumerable<SocketSpec> sockets, SynCookieUse cookies, uint port)
    {
        File.WriteAllText("/proc/sys/net/ipv4/tcp_syncookies", string.Create(CultureInfo.InvariantCulture, $"{(int)cookies}"));
        // Without a local routing table every address counts as a broadcast.
        KernelPorts.Ip("link set lo up");
        KernelPorts.Ip($"-4 route add default dev port{port} metric 9999");
        KernelPorts.Ip($"-6 route add default dev port{port} metric 9999");
        try
        {
            foreach (var socket in sockets) TryOpen(socket);
        }
        catch
        {
            Dispose();
            throw;
        }
        finally
        {
            KernelPorts.Ip($"-4 route del default dev port{port} metric 9999");
            KernelPorts.Ip($"-6 route del default dev port{port} metric 9999");
        }
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
        {
            // A reset, so that nothing stays behind.
            if (socket.SocketType == SocketType.Stream) socket.LingerState = new(true, 0);
            socket.Dispose();
        }
        _sockets.Clear();
    }

    void TryOpen(SocketSpec spec)
    {
        try
        {
            Open(spec);
        }
        catch (SocketException e)
        {
            throw new InvalidOperationException($"{spec}: {e.Message}", e);
        }
    }

    void Open(SocketSpec spec)
    {
        bool isTcp = spec.Protocol == SocketProtocol.Tcp;
        var socket = new Socket(
            spec.IsIpv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, isTcp ? SocketType.Stream : SocketType.Dgram, isTcp ? ProtocolType.Tcp : ProtocolType.Udp);
        _sockets.Add(socket);
        if (spec.IsIpv6) Set(socket, Ipv6Level, Ipv6Only, spec.Ipv6Only ? 1 : 0);
        Set(socket, spec.IsIpv6 ? Ipv6Level : IpLevel, spec.IsIpv6 ? Ipv6Transparent : IpTransparent, 1);
        if (spec.Local.IsMapped) Set(socket, IpLevel, IpTransparent, 1);
        Set(socket, SocketLevel, isTcp ? ReusePort : ReuseAddress, 1);
        Set(socket, SocketLevel, PriorityOption, (int)spec.Priority);
        Set(socket, SocketLevel, MarkOption, (int)spec.Mark);
        if (spec.Ifindex != 0) socket.SetRawSocketOption(SocketLevel, BindToDevice, Encoding.UTF8.GetBytes($"port{spec.Ifindex}\0"));
        if (isTcp && spec.Remote is not null) Set(socket, TcpLevel, TcpRepair, RepairOn);
        socket.Bind(EndPointOf(spec.Local, spec.LocalPort));
        if (spec.Remote is { } remote) Connect(socket, EndPointOf(remote, spec.RemotePort), spec.State);
        else if (isTcp) socket.Listen(Backlog);
    }

    static void Connect(Socket socket, IPEndPoint remote, SocketState state)
    {
        if (state == SocketState.SynSent)
        {
            Set(socket, TcpLevel, TcpRepair, RepairOffWithoutProbe);
            socket.Blocking = false;
            try
            {
                socket.Connect(remote);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                // The connection is being made, and nobody will answer.
            }
            return;
        }
        socket.Connect(remote);
        if (state == SocketState.Established) return;
        if (state != SocketState.FinWait1) throw new ArgumentException($"a lone socket does not become {state}");
        Set(socket, TcpLevel, TcpRepair, RepairOffWithoutProbe);
        socket.Shutdown(SocketShutdown.Send);
    }

    static IPEndPoint EndPointOf(IpAddress address, ushort port) => new(IPAddress.Parse($"{address}"), port);

    static void Set(Socket socket, int level, int option, int value) => socket.SetRawSocketOption(level, option, BitConverter.GetBytes(value));
}
