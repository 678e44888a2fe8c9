using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Kernels.Helpers;
using Chainring.Kernels.Network;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;
using static Chainring.Tests.Kernels.Helpers.Agreement;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>
/// SYN cookies for random headers, on every backend and in the kernel. Nobody knows the kernel's secret, so cookies are compared by what does not depend on it:
/// errors, segment sizes, by how much two cookies differ, and whether what was made of a cookie is taken.
/// </summary>
public sealed class SynCookieTests
{
    const int Questions = 240, Port = 2;
    const int IpBytes = 40, TcpBytes = 60, FrameBytes = IpBytes + TcpBytes;

    /// <summary>Where the headers lie on the stack, and a copy of the TCP header.</summary>
    const int Ip = -240, Tcp = -200, Copy = -140, Tuple = -40;

    const ushort Ipv4Listener = 80, DualListener = 81, Ipv6OnlyListener = 82, Connection = 83;

    static readonly SocketSpec[] Sockets =
    [
        Of("0.0.0.0", Ipv4Listener), Of("::", DualListener), Of("::", Ipv6OnlyListener) with { Ipv6Only = true },
        Of("10.0.0.1", Connection) with { Remote = Address("10.0.0.2"), RemotePort = 1000, State = SocketState.Established },
        Of("10.0.0.1", Ipv4Listener) with { Protocol = SocketProtocol.Udp, State = SocketState.Close },
    ];

    /// <param name="Offset">What is added to the sequence number of the second cookie, and to what acknowledges the first.</param>
    /// <param name="Other">A byte of the headers that is another for the second check; −1 for none.</param>
    sealed record Question(byte[] Headers, int IpLength, int TcpLength, int Offset, int Other, bool IsIpv6, int Socket, SynCookieUse Use)
    {
        public override string ToString() => $"{Convert.ToHexString(Headers)}, {IpLength} and {TcpLength} bytes, offset {Offset}, other {Other}, IPv6 {IsIpv6}, socket {Socket}, {Use}";
    }

    static readonly Gen<byte[]> Options = Gen.OneOf(
        Gen.Const<byte[]>([]), Gen.UShort.Select(mss => new byte[] { 2, 4, (byte)(mss >> 8), (byte)mss }), Gen.OneOf<ushort>(0, 1, 535, 536, 1219, 1220, 1299, 1300, 1419, 1420, 1439,
            1440, 1459, 1460, 8939, 8940, 65535).Select(mss => new byte[] { 2, 4, (byte)(mss >> 8), (byte)mss }),
        Gen.Const(new byte[] { 1 }), Gen.Const(new byte[] { 0 }), Gen.Const(new byte[] { 3, 3, 7 }), Gen.Const(new byte[] { 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 }), Gen.Const(new byte[] { 4, 2 }),
        Gen.Select(Gen.OneOf<byte>(2, 5, 254), Gen.OneOf<byte>(0, 1, 2, 3, 5, 40, 255)).Select((kind, size) => new byte[] { kind, size })).Array[0, 6].Select(o => o.SelectMany(b => b).ToArray());

    static readonly Gen<Question> Asked = Gen.Select(
        Gen.Byte.Array[FrameBytes],
        Gen.Frequency((6, Gen.Const(0)), (1, Gen.OneOf(1, 19, 20, 39, 40))),
        Gen.Frequency((6, Gen.Const(0)), (1, Gen.OneOf(1, 19, 20, 24, 60))),
        Gen.Select(Options, Gen.Frequency((6, Gen.Const((byte)2)), (1, Gen.Byte)), Gen.Frequency((8, Gen.Const(-1)), (1, Gen.Int[0, 15])), Gen.Frequency((8, Gen.Const(-1)), (1, Gen.Int[0, 15]))),
        Gen.OneOf(Gen.Int[-3, 3], Gen.OneOf(1 << 24, -(1 << 24), 1 << 25, int.MinValue), Gen.Int),
        Gen.OneOf(Gen.Const(-1), Gen.Int[0, FrameBytes - 1]),
        Gen.Bool,
        Gen.Select(Gen.Int[0, Sockets.Length - 1], Gen.Frequency((6, Gen.Const(SynCookieUse.Always)), (1, Gen.Const(SynCookieUse.WhenQueueIsFull)), (1, Gen.Const(SynCookieUse.Never)))),
        (headers, ipLength, tcpLength, tcp, offset, other, isIpv6, where) =>
        {
            var (options, flags, dataOffset, version) = tcp;
            int size = Math.Min(TcpBytes, 20 + (options.Length + 3) / 4 * 4);
            options.AsSpan(0, Math.Min(options.Length, size - 20)).CopyTo(headers.AsSpan(IpBytes + 20));
            headers.AsSpan(Math.Min(FrameBytes, IpBytes + 20 + options.Length)..(IpBytes + size)).Clear();
            headers[0] = (byte)((version < 0 ? isIpv6 ? 6 : 4 : version) << 4);
            headers[IpBytes + 12] = (byte)((dataOffset < 0 ? size / 4 : dataOffset) << 4);
            headers[IpBytes + 13] = flags;
            return new Question(headers, ipLength != 0 ? ipLength : isIpv6 ? 40 : 20, tcpLength != 0 ? tcpLength : size, offset, other, isIpv6, where.Item1, where.Item2);
        });

    [Test]
    public void Raw_cookies_are_as_good_as_the_kernel_s()
    {
        OracleAvailability.Require();
        var answers = new HashSet<long>();
        AskForSegments(Ask);
        Asked.Sample(Ask, iter: Questions, threads: 1);
        Assert.That(answers, Is.SupersetOf(new long[] { -22, -13, 0, 536, 1300, 1440, 1460, 1220, 1420, 8940 }), "every answer was among them");

        void Ask(Question asked)
        {
            int size = asked.TcpLength == 1 ? 0 : asked.TcpLength;
            string header = $"r1 = r10\nr1 += {Ip}\nr2 = r10\n";
            string generate = $"{header}r2 += {Tcp}\nr3 = {size}\ncall {(asked.IsIpv6 ? 205 : 204)}", check = $"{header}r2 += {Copy}\ncall {(asked.IsIpv6 ? 207 : 206)}";
            byte[] got = Compare(ProgramText.Program("cookies", $"{Load()}\n{Body(asked, generate, check)}\nexit"), Results(4), asked.Headers);
            answers.UnionWith(Words(got).Take(3));
        }
    }

    /// <summary>Asks for a cookie for each segment size that one can hold, which random headers may miss.</summary>
    static void AskForSegments(Action<Question> ask)
    {
        foreach (ushort segment in new ushort[] { 536, 1300, 1440, 1460 }) ask(PlainFor(isIpv6: false, segment));
        foreach (ushort segment in new ushort[] { 1220, 1420, 1440, 8940 }) ask(PlainFor(isIpv6: true, segment));
    }

    [Test]
    public void Cookies_of_sockets_are_as_good_as_the_kernel_s()
    {
        OracleAvailability.Require();
        using var ports = new KernelPorts([Port]);
        using var sockets = new KernelSockets(Sockets, SynCookieUse.Always, Port);
        var answers = new HashSet<long>();
        // The kernel's sockets remember a while that they gave cookies; the card's are made to.
        foreach (int socket in new[] { 0, 1, 2 }) Assert.That(Ask(PlainFor(socket == 2) with { Socket = socket }, hasGiven: false), Is.EqualTo(new long[] { socket == 2 ? 1220 : 536, 0, 0 }));
        AskForSegments(asked => answers.UnionWith(Ask(asked with { Socket = asked.IsIpv6 ? 2 : 0 }, hasGiven: true)));
        Asked.Sample(asked =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/tcp_syncookies", $"{(int)asked.Use}");
            answers.UnionWith(Ask(asked, hasGiven: true));
        }, iter: Questions, threads: 1);
        Assert.That(answers, Is.SupersetOf(new long[] { -2, -22, -93, 0, 536, 1300, 1440, 1460, 1220, 1420, 8940 }), "every answer was among them");
    }

    [Test]
    public void A_socket_takes_no_cookie_before_it_has_given_one([Values] bool isIpv6)
    {
        OracleAvailability.Require();
        using var ports = new KernelPorts([Port]);
        using var sockets = new KernelSockets(Sockets, SynCookieUse.Always, Port);
        var asked = PlainFor(isIpv6) with { Socket = 1 };
        string check = $"{Headers(asked)}r4 += {Tcp}\nr5 = 20\ncall 100\nr1 = value(results)\n*(u64 *)(r1 + 0) = r0", ack = "*(u8 *)(r10 - 187) = 16";
        var program = ProgramText.Program("cookies", $"{Find(Sockets[1])}\n{ack}\n{check}\nr1 = r7\ncall 86\nnobody:\nr0 = 2\nexit");
        byte[] got = Compare(program, Results(4), asked.Headers, ingress: Port, configure: card => card.Network.Set(Sockets, SynCookieUse.Always));
        Assert.That(BitConverter.ToInt64(got), Is.EqualTo(-2));
    }

    static Question PlainFor(bool isIpv6, ushort segment) => PlainFor(isIpv6) with
    {
        Headers = [(byte)(isIpv6 ? 0x60 : 0x40), .. new byte[IpBytes - 1], .. new byte[12], 0x60, 2, .. new byte[6], 2, 4, (byte)(segment >> 8), (byte)segment, .. new byte[TcpBytes - 24]],
        TcpLength = 24,
    };

    static Question PlainFor(bool isIpv6) => new(
        [(byte)(isIpv6 ? 0x60 : 0x40), .. new byte[IpBytes - 1], .. new byte[12], 0x50, 2, .. new byte[TcpBytes - 14]], isIpv6 ? 40 : 20, 20, 0, -1, isIpv6, 0, SynCookieUse.Always);

    static List<long> Ask(Question asked, bool hasGiven)
    {
        string generate = $"{Headers(asked)}r4 += {Tcp}\nr5 = {asked.TcpLength}\ncall 110", check = $"{Headers(asked)}r4 += {Copy}\nr5 = {asked.TcpLength}\ncall 100";
        var program = ProgramText.Program("cookies", $"{Find(Sockets[asked.Socket])}\n{Body(asked, generate, check)}\nr1 = r7\ncall 86\nnobody:\nr0 = 2\nexit");
        byte[] got = Compare(program, Results(4), asked.Headers, ingress: Port, configure: card =>
        {
            card.Network.Set(Sockets, asked.Use);
            if (!hasGiven) return;
            foreach (var socket in Sockets) card.Network.Current.Sockets.Find(socket.Protocol, Address("10.0.0.3"), 1, Address("10.0.0.1"), socket.LocalPort, Port)?.GiveCookie(0, CardTime.TicksPerSecond);
            card.Network.Current.Sockets.Find(SocketProtocol.Tcp, Address("2001:db8::3"), 1, Address("2001:db8::1"), Ipv6OnlyListener, Port)!.GiveCookie(0, CardTime.TicksPerSecond);
        });
        return [.. Words(got).Take(3)];
    }

    /// <summary>r2 to r4 but for which TCP header, and the socket.</summary>
    static string Headers(Question asked) => $"r1 = r7\nr2 = r10\nr2 += {Ip}\nr3 = {asked.IpLength}\nr4 = r10\n";

    /// <summary>The answers: what the first cookie is for, or why there is none; whether its ACK is taken; and one that was changed; what is between two cookies.</summary>
    static string Body(Question asked, string generate, string check) => $"""
        {generate}
        r8 = r0
        {Store(0, "r0")}
        r1 = *(u32 *)(r10 - {-(Tcp + 4)})
        r1 = be32 r1
        r1 += {asked.Offset}
        r1 = be32 r1
        *(u32 *)(r10 - {-(Tcp + 4)}) = r1
        {generate}
        r0 -= r8
        w0 = w0
        r1 = value(results) + 24
        *(u64 *)(r1 + 0) = r0
        r1 = *(u32 *)(r10 - {-(Copy + 4)})
        r1 = be32 r1
        r1 += 1
        r1 = be32 r1
        *(u32 *)(r10 - {-(Copy + 4)}) = r1
        {Acknowledge(1)}
        r1 = *(u8 *)(r10 - {-(Copy + 13)})
        if r1 != 2 goto flags
        *(u8 *)(r10 - {-(Copy + 13)}) = 16
        flags:
        {check}
        {Store(8, "r0")}
        {Acknowledge(1 + asked.Offset)}
        {(asked.Other < 0 ? "" : Change(asked.Other < IpBytes ? Ip + asked.Other : Copy + asked.Other - IpBytes))}
        {check}
        {Store(16, "r0")}
        r0 = 2
        """;

    static string Acknowledge(int offset) => $"r1 = r8\nr1 += {offset}\nr1 = be32 r1\n*(u32 *)(r10 - {-(Copy + 8)}) = r1";

    static string Change(int at) => $"r1 = *(u8 *)(r10 - {-at})\nr1 ^= 85\n*(u8 *)(r10 - {-at}) = r1";

    /// <summary>An error as it is, of a cookie what is above it.</summary>
    static string Store(int at, string register) => $"""
        r1 = {register}
        if r1 s< 0 goto store{at}
        r1 >>= 32
        store{at}:
        r2 = value(results) + {at}
        *(u64 *)(r2 + 0) = r1
        """;

    /// <summary>The headers from the frame to the stack, the TCP header twice.</summary>
    static string Load() => $"""
        r6 = r1
        r2 = 0
        r3 = r10
        r3 += {Ip}
        r4 = {FrameBytes}
        call 189
        r1 = r6
        r2 = {IpBytes}
        r3 = r10
        r3 += {Copy}
        r4 = {TcpBytes}
        call 189
        """;

    /// <summary>A socket in r7; goes to nobody where there is none.</summary>
    static string Find(SocketSpec socket)
    {
        bool isIpv6 = socket.Ipv6Only;
        byte[] tuple = new byte[40];
        int width = isIpv6 ? 16 : 4;
        Address(isIpv6 ? "2001:db8::2" : "10.0.0.2").Write(tuple);
        Address(isIpv6 ? "2001:db8::1" : "10.0.0.1").Write(tuple.AsSpan(width));
        BinaryPrimitives.WriteUInt16BigEndian(tuple.AsSpan(2 * width), 1000);
        BinaryPrimitives.WriteUInt16BigEndian(tuple.AsSpan(2 * width + 2), socket.LocalPort);
        var stores = Enumerable.Range(0, 5).Select(n => $"r1 = 0x{BitConverter.ToUInt64(tuple, 8 * n):x} ll\n*(u64 *)(r10 - {-(Tuple + 8 * n)}) = r1");
        return $"""
            {Load()}
            {string.Join('\n', stores)}
            r1 = r6
            r2 = r10
            r2 += {Tuple}
            r3 = {2 * width + 4}
            r4 = -1
            r5 = 0
            call {(socket.Protocol == SocketProtocol.Udp ? 85 : 84)}
            if r0 == 0 goto nobody
            r7 = r0
            """;
    }

    static IEnumerable<long> Words(byte[] answers) => Enumerable.Range(0, answers.Length / 8).Select(n => BitConverter.ToInt64(answers, 8 * n));

    static SocketSpec Of(string local, ushort port) => new() { Protocol = SocketProtocol.Tcp, Local = Address(local), LocalPort = port, State = SocketState.Listen };

    static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new FormatException(text);
}
