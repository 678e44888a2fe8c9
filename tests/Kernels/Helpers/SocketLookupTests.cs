using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Kernels.Network;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;
using static Chainring.Tests.Kernels.Helpers.Agreement;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>Socket lookups with random questions among the same sockets, on every backend and in the kernel: the same one found, and the same in every field.</summary>
public sealed class SocketLookupTests
{
    const int Questions = 300, TupleBytes = 36, FieldBytes = 80, FirstPort = 2, SecondPort = 3, FreePort = 4;
    const int PatienceMs = 2_000, Tcp = 84, Udp = 85, AnyTcp = 99;

    static readonly SocketSpec[] Sockets =
    [
        Listen("10.0.0.1", 80), Listen("0.0.0.0", 80) with { Mark = 7, Priority = 3 }, Listen("0.0.0.0", 81) with { Ifindex = FirstPort }, Listen("10.0.0.1", 81),
        Listen("::", 82), Listen("::", 83) with { Ipv6Only = true }, Listen("0.0.0.0", 83), Listen("2001:db8::1", 80), Listen("::ffff:10.0.0.1", 84),
        Listen("0.0.0.0", 85) with { Ifindex = FirstPort, Mark = 1 }, Listen("0.0.0.0", 85) with { Ifindex = SecondPort, Mark = 2 },
        Listen("::", 86), Listen("2001:db8::1", 86) with { Ifindex = SecondPort },

        Tcp4("10.0.0.1", 80, "10.0.0.2", 1000) with { Mark = 0xdeadbeef }, Tcp4("10.0.0.1", 80, "10.0.0.2", 1001) with { Ifindex = SecondPort },
        Tcp4("10.0.0.9", 82, "10.0.0.2", 1000), Tcp4("::ffff:10.0.0.1", 82, "::ffff:10.0.0.2", 1000), Tcp4("2001:db8::1", 80, "2001:db8::2", 1000) with { Priority = 5 },
        Tcp4("10.0.0.1", 1001, "10.0.0.2", 80) with { State = SocketState.SynSent }, Tcp4("10.0.0.1", 80, "10.0.0.3", 1000) with { State = SocketState.FinWait1 },
        Tcp4("2001:db8::1", 82, "2001:db8::2", 1001) with { State = SocketState.FinWait1 }, Tcp4("2001:db8::1", 1001, "2001:db8::2", 82) with { State = SocketState.SynSent },

        Wait("10.0.0.1", 80), Wait("0.0.0.0", 80), Wait("10.0.0.1", 80) with { Ifindex = FirstPort, Mark = 9 }, Wait("0.0.0.0", 81) with { Ifindex = SecondPort }, Wait("0.0.0.0", 81),
        Wait("::", 81), Wait("::", 82), Wait("::", 83) with { Ipv6Only = true }, Wait("2001:db8::1", 80), Wait("::", 80) with { Ifindex = FirstPort },
        Wait("::ffff:10.0.0.1", 84), Wait("::", 84), Wait("10.0.0.9", 85), Wait("::ffff:10.0.0.9", 85),
        Udp4("10.0.0.1", 80, "10.0.0.2", 1000), Udp4("10.0.0.1", 80, "10.0.0.2", 1001) with { Ifindex = SecondPort, Priority = 6 }, Udp4("10.0.0.1", 82, "10.0.0.2", 1000),
        Udp4("::ffff:10.0.0.1", 84, "::ffff:10.0.0.2", 1000), Udp4("2001:db8::1", 80, "2001:db8::2", 1000), Udp4("2001:db8::1", 80, "2001:db8::2", 1000) with { Ifindex = FirstPort },
    ];

    static readonly string[] Local4 = ["10.0.0.1", "10.0.0.1", "10.0.0.9", "10.0.0.5", "0.0.0.0"], Remote4 = ["10.0.0.2", "10.0.0.2", "10.0.0.3", "10.0.0.1"];

    static readonly string[] Local6 = ["2001:db8::1", "2001:db8::1", "2001:db8::5", "::", "::ffff:10.0.0.1", "::ffff:10.0.0.9"],
        Remote6 = ["2001:db8::2", "2001:db8::2", "2001:db8::3", "::ffff:10.0.0.2"];

    sealed record Question(int Helper, byte[] Tuple, int Bytes, int Namespace, ulong Flags, uint Ingress)
    {
        /// <summary>
        /// Whether it reads what the kernel does not set in every end of a connection: what an IPv6 socket has for the other end's IPv4 address, which depends on who
        /// opened the connection; what an IPv4 one has for IPv6's, which in TIME_WAIT is whatever was in memory; the receive queue, which an accepted one has from
        /// whatever socket was in its memory before it (0 where there was none).
        /// </summary>
        public bool ReadsUnset { get; init; } = true;

        public override string ToString() => $"{Helper} of {Convert.ToHexString(Tuple)} ({Bytes}), namespace {Namespace}, flags {Flags}, interface {Ingress}";
    }

    static readonly Gen<Question> Asked = Gen.Select(
        Gen.OneOf(Tcp, Udp, AnyTcp),
        Gen.Select(Gen.OneOf(Remote4), Gen.OneOf(Local4), Gen.OneOf(Remote6), Gen.OneOf(Local6)),
        Gen.Select(Gen.OneOf<ushort>(1000, 1000, 1001, 80, 82), Gen.Frequency((9, Gen.UShort[80, 87]), (1, Gen.Const((ushort)1001)))),
        Gen.Frequency((10, Gen.Const(12)), (10, Gen.Const(36)), (1, Gen.OneOf(0, 8, 13, 35))),
        Gen.Frequency((10, Gen.Const(-1)), (1, Gen.OneOf(0, 1, int.MinValue, int.MaxValue))),
        Gen.Frequency((20, Gen.Const(0UL)), (1, Gen.OneOf(1UL, 1UL << 32))),
        Gen.OneOf<uint>(FirstPort, SecondPort, FreePort),
        (helper, addresses, ports, bytes, space, flags, ingress) =>
        {
            var (remote4, local4, remote6, local6) = addresses;
            var (remote, local) = bytes == 36 ? (remote6, local6) : (remote4, local4);
            return new Question(helper, Tuple(Address(remote), Address(local), ports.Item1, ports.Item2), bytes, space, flags, ingress);
        });

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [Test]
    public void No_two_of_these_sockets_collide()
    {
        for (int n = 0; n < Sockets.Length; n++)
            Assert.That(Sockets.Skip(n + 1).Where(s => SocketTable.Collide(Sockets[n], s)), Is.Empty, $"{Sockets[n]}");
    }

    [Test]
    public void Sockets_are_found_as_the_kernel_finds_them()
    {
        using var ports = new KernelPorts([FirstPort, SecondPort, FreePort]);
        using var sockets = new KernelSockets(Sockets, SynCookieUse.WhenQueueIsFull, FirstPort);
        foreach (var socket in Sockets)
        {
            byte[] found = Ask(QuestionFor(socket), Sockets);
            Assert.That(found[0], Is.EqualTo(1), $"{socket}");
            Assert.That((BitConverter.ToUInt32(found, 8), BitConverter.ToUInt32(found, 8 + SocketFields.Mark)), Is.EqualTo((socket.Ifindex, socket.Mark)), $"{socket}");
        }
        int missed = 0;
        Asked.Sample(asked =>
        {
            if (Ask(asked, Sockets)[0] == 0) missed++;
        }, iter: Questions, threads: 1);
        Assert.That(missed, Is.InRange(Questions / 20, Questions * 19 / 20));
    }

    /// <summary>Both ends of connections over the loopback device, in the states of one that is closed: what accept gives, and what is left in TIME_WAIT.</summary>
    [Test]
    public void Ends_of_connections_are_found_in_every_state_as_the_kernel_finds_them([Values("127.0.0.1", "::1", "::ffff:127.0.0.1")] string host)
    {
        using var ports = new KernelPorts([FreePort]);
        KernelPorts.Ip("link set lo up");
        bool isMapped = Address(host).IsMapped;
        using var listener = new Socket(IPAddress.Parse(host).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (isMapped) listener.DualMode = true;
        listener.Bind(new IPEndPoint(isMapped ? IPAddress.IPv6Any : IPAddress.Parse(host), 80));
        listener.Listen();
        var client = new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (isMapped) client.DualMode = true;
        client.Connect(new IPEndPoint(IPAddress.Parse(host), 80));
        var server = listener.Accept();
        ushort port = (ushort)((IPEndPoint)client.LocalEndPoint!).Port;

        var waiting = Listen(isMapped ? "::" : host, 80);
        AskBoth(SocketState.Established, SocketState.Established);
        client.Shutdown(SocketShutdown.Send);
        // The acknowledgement may be delayed.
        Assert.That(() => StateOf(client), Is.EqualTo(SocketState.FinWait2).After(PatienceMs, pollingInterval: 1));
        AskBoth(SocketState.FinWait2, SocketState.CloseWait);
        server.Dispose();
        Assert.That(() => StateOf(client), Is.Not.EqualTo(SocketState.FinWait2).After(PatienceMs, pollingInterval: 1));
        client.Dispose();
        AskBoth(SocketState.TimeWait, null);

        void AskBoth(SocketState ofClient, SocketState? ofServer)
        {
            SocketSpec[] ends = [Tcp4(host, port, host, 80) with { State = ofClient }, Tcp4(host, 80, host, port) with { State = ofServer ?? default }];
            SocketSpec[] all = [waiting, .. ofServer is null ? ends[..1] : ends];
            foreach (var end in ends)
            {
                foreach (int helper in new[] { Tcp, AnyTcp })
                {
                    var asked = QuestionFor(end) with { Helper = helper, ReadsUnset = false };
                    bool isFound = Ask(asked, all)[0] == 1;
                    Assert.That(isFound, Is.EqualTo(end.State != SocketState.TimeWait || helper == AnyTcp), $"{asked}");
                }
            }
        }
    }

    /// <summary>Each load of each size, from a socket and from what may be the rest of one, offered to the verifier.</summary>
    [Test]
    public void Fields_may_be_loaded_as_the_verifier_lets_them([Values(Tcp, AnyTcp)] int helper, [Values("u8", "u16", "u32", "u64", "s8", "s16", "s32")] string type)
    {
        int size = int.Parse(type[1..], CultureInfo.InvariantCulture) / 8;
        Assert.Multiple(() =>
        {
            for (int at = -8; at < FieldBytes + 8; at++)
            {
                bool loads = true;
                try
                {
                    string text = $"r7 = r0\nr1 = *({type} *)(r0 {(at < 0 ? '-' : '+')} {Math.Abs(at)})\nr1 = r7\ncall 86";
                    new KernelProgram(ProgramText.Program("load", Lookup(text, helper)), _ => throw new InvalidOperationException()).Dispose();
                }
                catch (BpfException)
                {
                    loads = false;
                }
                Assert.That(at >= 0 && SocketFields.MayLoad((uint)at, size, helper == AnyTcp), Is.EqualTo(loads), $"{at}");
            }
        });
    }

    /// <summary>What must be so of a pointer that a lookup returns and of its arguments: the verifier says it at load, the card when it happens.</summary>
    [TestCase("released", "r1 = r0\ncall 86", true)]
    [TestCase("not released", "", false)]
    [TestCase("released twice", "r7 = r0\nr1 = r0\ncall 86\nr1 = r7\ncall 86", false)]
    [TestCase("read after its release", "r7 = r0\nr1 = r0\ncall 86\nr1 = *(u32 *)(r7 + 4)", false)]
    [TestCase("written", "*(u32 *)(r0 + 16) = 1\nr1 = r0\ncall 86", false)]
    [TestCase("moved on before its release", "r1 = r0\nr1 += 4\ncall 86", false)]
    [TestCase("number released", "r1 = r0\ncall 86\nr1 = 5\ncall 86", false)]
    [TestCase("null released", "r1 = r0\ncall 86\nr1 = 0\ncall 86", false)]
    [TestCase("given to a helper as memory", "r7 = r0\nr1 = r0\nr2 = 4\nr3 = 0\nr4 = 0\nr5 = 0\ncall 28\nr1 = r7\ncall 86", false)]
    [TestCase("without a tuple", "r1 = r0\ncall 86\nr1 = r6\nr2 = 0\nr3 = 0\nr4 = -1\nr5 = 0\ncall 84", false)]
    [TestCase("with a tuple of nothing", "r1 = r0\ncall 86\nr1 = r6\nr2 = r10\nr2 += -40\nr3 = 0\nr4 = -1\nr5 = 0\ncall 84\nif r0 == 0 goto out\nr1 = r0\ncall 86", true)]
    [TestCase("cookie of a header of nothing", "r7 = r0\nr1 = r0\nr2 = r10\nr2 += -40\nr3 = 0\nr4 = r2\nr5 = 20\ncall 100\nr1 = r7\ncall 86", false)]
    [TestCase("cookie of no header", "r7 = r0\nr1 = r0\nr2 = 0\nr3 = 20\nr4 = r10\nr4 += -40\nr5 = 20\ncall 110\nr1 = r7\ncall 86", false)]
    [TestCase("cookie of headers", "r7 = r0\nr1 = r0\nr2 = r10\nr2 += -40\nr3 = 20\nr4 = r2\nr5 = 20\ncall 110\nr1 = r7\ncall 86", true)]
    [TestCase("cookie of a released socket", "r7 = r0\nr1 = r0\ncall 86\nr1 = r7\nr2 = r10\nr2 += -40\nr3 = 20\nr4 = r2\nr5 = 20\ncall 110", false)]
    [TestCase("raw cookie of an IPv4 header and nothing", "r1 = r0\ncall 86\nr1 = r10\nr1 += -40\nr2 = r1\nr3 = 0\ncall 204", true)]
    [TestCase("raw cookie of half an IPv4 header", "r1 = r0\ncall 86\nr1 = r10\nr1 += -19\nr2 = r10\nr2 += -40\nr3 = 20\ncall 204", false)]
    [TestCase("raw cookie of half an IPv6 header", "r1 = r0\ncall 86\nr1 = r10\nr1 += -39\nr2 = r10\nr2 += -40\nr3 = 20\ncall 205", false)]
    [TestCase("raw check of half a TCP header", "r1 = r0\ncall 86\nr1 = r10\nr1 += -40\nr2 = r10\nr2 += -19\ncall 206", false)]
    [TestCase("raw check of an IPv6 header", "r1 = r0\ncall 86\nr1 = r10\nr1 += -40\nr2 = r1\ncall 207", true)]
    public void A_socket_may_be(string what, string text, bool admitted)
    {
        var program = ProgramText.Program("use", Lookup(text));
        string? refusal = null;
        try
        {
            new KernelProgram(program, _ => throw new InvalidOperationException()).Dispose();
        }
        catch (BpfException e)
        {
            refusal = e.Message;
        }
        Assert.That(refusal, admitted ? Is.Null : Is.Not.Null, what);
        foreach (var target in admitted ? Targets.All : Targets.Checking)
        {
            using var card = TestCard.Of(program, target: target, verifies: false);
            card.Card.Network.Set([Listen("0.0.0.0", 80)], SynCookieUse.Always);
            var verdict = card.Run(new byte[64]).Verdict;
            Assert.That(verdict.Action, Is.EqualTo(admitted ? XdpAction.Pass : XdpAction.Aborted), $"{what}: {verdict.Reason}");
        }
    }

    [TestCase(84, ""), TestCase(85, ""), TestCase(99, "")]
    [TestCase(100, "r7 = r0\nr1 = r0\nr2 = r10\nr2 += -40\nr3 = 20\nr4 = r2\nr5 = 20\ncall 100\nr0 = r7\n")]
    [TestCase(110, "r7 = r0\nr1 = r0\nr2 = r10\nr2 += -40\nr3 = 20\nr4 = r2\nr5 = 20\ncall 110\nr0 = r7\n")]
    [TestCase(204, "r7 = r0\nr1 = r10\nr1 += -40\nr2 = r1\nr3 = 20\ncall 204\nr0 = r7\n")]
    [TestCase(205, "r7 = r0\nr1 = r10\nr1 += -40\nr2 = r1\nr3 = 20\ncall 205\nr0 = r7\n")]
    [TestCase(206, "r7 = r0\nr1 = r10\nr1 += -40\nr2 = r1\ncall 206\nr0 = r7\n")]
    [TestCase(207, "r7 = r0\nr1 = r10\nr1 += -40\nr2 = r1\ncall 207\nr0 = r7\n")]
    public void A_row_says_whether_the_kernel_wants_the_GPL(int helper, string text)
    {
        var program = ProgramText.Program("licence", Lookup($"{text}r1 = r0\ncall 86", helper < 100 ? helper : Tcp));
        bool admits = true;
        new KernelProgram(program, _ => throw new InvalidOperationException(), "GPL").Dispose();
        try
        {
            new KernelProgram(program, _ => throw new InvalidOperationException(), "MIT").Dispose();
        }
        catch (BpfException)
        {
            admits = false;
        }
        Assert.That(HelperTable.Find(helper)!.NeedsGpl, Is.EqualTo(!admits));
    }

    /// <summary>Helpers that give a structure of the kernel, which admits them in programs for XDP.</summary>
    [TestCase(136), TestCase(137), TestCase(138), TestCase(139), TestCase(140), TestCase(178), TestCase(196)]
    public void What_no_card_can_have_is_refused_with_the_reason(int helper)
    {
        var program = ProgramText.Program("casts", Lookup($"r7 = r0\nr1 = r0\ncall {helper}\nr1 = r7\ncall 86"));
        new KernelProgram(program, _ => throw new InvalidOperationException()).Dispose();
        var refusal = LoadedProgram.Load(1, program, _ => throw new InvalidOperationException()).Problem!;
        Assert.That((refusal.Id, refusal.Sentence), Is.EqualTo(("R10",
            $"casts: instruction 15 calls {HelperNames.Of(helper)} (id {helper}), which gives a structure of the running kernel, and a card has no kernel; a looked-up socket has the fields of struct bpf_sock")));
    }

    /// <summary>Ends at once where there is nobody at port 80; else the text, with the socket in r0 and the context in r6.</summary>
    static string Lookup(string text, int helper = Tcp) => $"""
        r6 = r1
        *(u64 *)(r10 - 40) = 0
        *(u64 *)(r10 - 32) = 0x50000000
        *(u64 *)(r10 - 24) = 0
        *(u64 *)(r10 - 16) = 0
        *(u64 *)(r10 - 8) = 0
        r2 = r10
        r2 += -40
        r3 = 12
        r4 = -1
        r5 = 0
        call {helper}
        if r0 == 0 goto out
        {text}
        out:
        r0 = 2
        exit
        """;

    static byte[] Ask(Question asked, SocketSpec[] sockets) => Compare(
        ProgramText.Program("lookup", TextOf(asked)), Results(1 + FieldBytes / 8 + 1), [.. asked.Tuple, .. new byte[28]], ingress: asked.Ingress,
        configure: card => card.Network.Set(sockets, SynCookieUse.WhenQueueIsFull));

    /// <summary>A packet from a socket's other end, or from anyone.</summary>
    static Question QuestionFor(SocketSpec socket)
    {
        bool isIpv6 = socket.IsIpv6 && !socket.Local.IsMapped;
        var (local, remote) = (socket.Local, socket.Remote ?? new IpAddress(1, socket.IsIpv6));
        return new(
            socket.Protocol == SocketProtocol.Tcp ? Tcp : Udp, Tuple(remote.IsMapped ? remote.Unmapped : remote, local.IsMapped ? local.Unmapped : local, socket.RemotePort, socket.LocalPort),
            isIpv6 ? 36 : 12, -1, 0, socket.Ifindex == 0 ? FreePort : socket.Ifindex);
    }

    static byte[] Tuple(IpAddress source, IpAddress destination, ushort sourcePort, ushort port)
    {
        byte[] tuple = new byte[TupleBytes];
        int width = destination.Width / 8;
        source.Write(tuple);
        destination.Write(tuple.AsSpan(width));
        BinaryPrimitives.WriteUInt16BigEndian(tuple.AsSpan(2 * width), sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tuple.AsSpan(2 * width + 2), port);
        return tuple;
    }

    /// <summary>Every field that the verifier lets a program read of what was found, wide, and the narrowest parts of some, also with their sign.</summary>
    static string TextOf(Question asked)
    {
        bool isCommon = asked.Helper == AnyTcp;
        var fields = Enumerable.Range(0, FieldBytes / 4).Select(n => 4 * n).Where(at => SocketFields.MayLoad((uint)at, 4, isCommon))
            .Where(at => asked.ReadsUnset || !MayBeUnset(at, asked.Bytes == 36))
            .Select(at => $"r1 = *(u32 *)(r0 + {at})\n*(u32 *)(r7 + {8 + at}) = r1");
        return $"""
            r6 = r1
            r2 = 0
            r3 = r10
            r3 += -40
            r4 = {TupleBytes}
            call 189
            r1 = r6
            r2 = r10
            r2 += -40
            r3 = {asked.Bytes}
            r4 = {asked.Namespace}
            r5 = 0x{asked.Flags:x} ll
            call {asked.Helper}
            if r0 == 0 goto out
            r7 = value(results)
            *(u64 *)(r7 + 0) = 1
            {string.Join('\n', fields)}
            r1 = *(u8 *)(r0 + {SocketFields.State})
            r2 = *(u16 *)(r0 + {SocketFields.DestinationPort})
            r3 = *(u8 *)(r0 + {SocketFields.SourceIpv4 + 3})
            r4 = {(asked.ReadsUnset ? $"*(s8 *)(r0 + {SocketFields.RxQueue})" : "0")}
            r1 += r2
            r1 += r3
            r1 += r4
            *(u64 *)(r7 + {8 + FieldBytes}) = r1
            r1 = r0
            call 86
            out:
            r0 = 2
            exit
            """;
    }

    static bool MayBeUnset(int at, bool isIpv6) => at == SocketFields.RxQueue || (isIpv6
        ? at == SocketFields.DestinationIpv4
        : at is (>= SocketFields.SourceIpv6 and < SocketFields.SourcePort) or (>= SocketFields.DestinationIpv6 and < SocketFields.State));

    static SocketState StateOf(Socket socket)
    {
        const int tcpLevel = 6, info = 11;
        var state = new byte[1];
        socket.GetRawSocketOption(tcpLevel, info, state);
        return (SocketState)state[0];
    }

    static SocketSpec Listen(string local, ushort port) => Of(SocketProtocol.Tcp, local, port, null, 0, SocketState.Listen);

    static SocketSpec Wait(string local, ushort port) => Of(SocketProtocol.Udp, local, port, null, 0, SocketState.Close);

    static SocketSpec Tcp4(string local, ushort port, string remote, ushort remotePort) => Of(SocketProtocol.Tcp, local, port, remote, remotePort, SocketState.Established);

    static SocketSpec Udp4(string local, ushort port, string remote, ushort remotePort) => Of(SocketProtocol.Udp, local, port, remote, remotePort, SocketState.Established);

    static SocketSpec Of(SocketProtocol protocol, string local, ushort port, string? remote, ushort remotePort, SocketState state) => new()
    {
        Protocol = protocol,
        Local = Address(local),
        LocalPort = port,
        Remote = remote is null ? null : Address(remote),
        RemotePort = remotePort,
        State = state,
    };

    static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new FormatException(text);
}
