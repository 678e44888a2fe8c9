namespace Chainring.Kernels.Helpers;

/// <summary>SYN cookies for headers, whatever sockets there are (net/core/filter.c, bpf_tcp_raw_gen_syncookie_ipv4 and those after it).</summary>
static class RawCookies
{
    const int Ipv6Bytes = 40;

    /// <summary>The size of the IP header, which is the row's, says which version it is.</summary>
    public static long Generate(ref HelperCall call)
    {
        var tcp = new TcpHeader(call.Memory2);
        if (call.Memory2.Length < TcpHeader.MinBytes || call.Memory2.Length != tcp.DataOffset) return -Errno.Invalid;
        bool isIpv6 = call.Memory1.Length == Ipv6Bytes;
        ushort mss = tcp.Mss() is > 0 and var given ? given : SynCookies.UsualMss(isIpv6);
        uint cookie = call.Environment.Cookies.Generate(isIpv6, call.Memory1, tcp, Minute(in call), ref mss);
        return cookie | ((long)mss << 32);
    }

    public static long Check(ref HelperCall call) =>
        call.Environment.Cookies.Check(call.Memory1.Length == Ipv6Bytes, call.Memory1, new(call.Memory2), Minute(in call)) ? 0 : -Errno.Access;

    static uint Minute(ref readonly HelperCall call) => CardTime.Minutes(call.Environment.Clock, call.Frame.ClockNs);
}
