using Chainring.Kernels.Network;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// SYN cookies of a listening socket (net/core/filter.c, bpf_tcp_gen_syncookie and bpf_tcp_check_syncookie): it gives them when its host says so, and takes
/// them while one that it gave may be good.
/// </summary>
static class SocketCookies
{
    const int Ipv4Bytes = 20, Ipv6Bytes = 40;
    const ulong SecondsValid = 60 * SynCookies.MinutesValid;

    public static long Generate(ref HelperCall call)
    {
        var tcp = new TcpHeader(call.Memory2);
        if (call.Memory2.Length < TcpHeader.MinBytes || call.Memory2.Length != tcp.DataOffset || !Listens(in call)) return -Errno.Invalid;
        var use = call.Environment.Network.Current.SynCookies;
        if (use == SynCookieUse.Never) return -Errno.NoEntry;
        if (!tcp.IsSyn) return -Errno.Invalid;
        if (Version(in call, out bool isIpv6) is not 0 and var error) return error;
        if (use != SynCookieUse.Always) return -Errno.NoEntry;

        ushort mss = tcp.Mss() is > 0 and var given ? given : SynCookies.UsualMss(isIpv6);
        uint cookie = call.Environment.Cookies.Generate(isIpv6, call.Memory1, tcp, CardTime.Minutes(call.Environment.Clock, call.Frame.ClockNs), ref mss);
        call.Socket!.GiveCookie(CardTime.Ticks(call.Environment.Clock, call.Frame.ClockNs), CardTime.TicksPerSecond);
        return cookie | ((long)mss << 32);
    }

    public static long Check(ref HelperCall call)
    {
        if (call.Memory2.Length < TcpHeader.MinBytes || !Listens(in call) || call.Environment.Network.Current.SynCookies == SynCookieUse.Never) return -Errno.Invalid;
        var tcp = new TcpHeader(call.Memory2);
        if (!tcp.IsAck) return -Errno.NoEntry;
        if (call.Memory1.Length < Ipv4Bytes) return -Errno.Invalid;
        ulong now = CardTime.Ticks(call.Environment.Clock, call.Frame.ClockNs);
        if (!call.Socket!.GaveCookie(now, CardTime.TicksPerSecond, SecondsValid * CardTime.TicksPerSecond)) return -Errno.NoEntry;
        if (Version(in call, out bool isIpv6) is not 0 and var error) return error;
        return call.Environment.Cookies.Check(isIpv6, call.Memory1, tcp, CardTime.Minutes(call.Environment.Clock, call.Frame.ClockNs)) ? 0 : -Errno.NoEntry;
    }

    static bool Listens(ref readonly HelperCall call) => call.Socket!.Spec is { Protocol: SocketProtocol.Tcp, State: SocketState.Listen };

    /// <summary>Which version the IP header is of; an error if it is too short for it or the socket is of another.</summary>
    static int Version(ref readonly HelperCall call, out bool isIpv6)
    {
        isIpv6 = false;
        if (call.Memory1.Length < Ipv4Bytes) return -Errno.Invalid;
        var socket = call.Socket!.Spec;
        switch (call.Memory1[0] >> 4)
        {
            case 4:
                return socket.Ipv6Only ? -Errno.Invalid : 0;
            case 6:
                isIpv6 = true;
                return call.Memory1.Length < Ipv6Bytes || !socket.IsIpv6 ? -Errno.Invalid : 0;
            default:
                return -Errno.ProtocolNotSupported;
        }
    }
}
