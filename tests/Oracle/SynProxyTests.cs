using System.Buffers.Binary;
using System.Net;
using Chainring.Kernels;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>Handshakes through the SYN proxy of the test objects, on the card and in the kernel: each makes its own cookies, and takes those and no others.</summary>
public sealed class SynProxyTests
{
    const int Ethernet = 14, Ipv4Bytes = 20, Ipv6Bytes = 40, TcpBytes = 20, MssOptionBytes = 4;
    const byte Syn = 2, Ack = 16, TcpProtocol = 6;

    /// <summary>A frame to the proxy, and what it makes of it.</summary>
    delegate (XdpAction Verdict, byte[] Frame) Proxy(byte[] frame);

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    static ChainSpec Chain => new ChainCase(Targets.Reference, TestData.Path("objects", "syn-proxy.yaml"), TestData.Path("objects")).Load();

    [Test]
    public void A_handshake_on_the_card([ValueSource(nameof(Backends))] IKernelTarget target, [Values] bool isIpv6)
    {
        using var card = new TestCard(Chain, target);
        Check(frame => card.Run(frame) is var outcome ? (outcome.Verdict.Action, outcome.Bytes) : default, isIpv6);
    }

    [Test]
    public void A_handshake_in_the_kernel([Values] bool isIpv6)
    {
        OracleAvailability.Require();
        using var kernel = new KernelChain(Chain);
        Check(frame => kernel.Run(frame) is var run ? (run.Verdict, run.Frame) : default, isIpv6);
    }

    static void Check(Proxy proxy, bool isIpv6)
    {
        const uint sequence = 0xfffffffe;
        var client = new End(isIpv6 ? "2001:db8::9" : "192.0.2.9", 4711, 0x02_00_00_00_00_09);
        var server = new End(isIpv6 ? "2001:db8::1" : "192.0.2.1", 443, 0x02_00_00_00_00_01);
        ushort[] asked = isIpv6 ? [1439, 1440] : [1459, 1460], given = isIpv6 ? [1420, 1440] : [1440, 1460];
        Assert.That(proxy(Segment(client, server, sequence + 1, 1, Ack, null)).Verdict, Is.EqualTo(XdpAction.Drop), "an ACK of nothing");
        for (int n = 0; n < asked.Length; n++)
        {
            var (verdict, answer) = proxy(Segment(client, server, sequence, 0, Syn, asked[n]));
            Assert.That(verdict, Is.EqualTo(XdpAction.Tx));
            uint cookie = BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(Ethernet + (isIpv6 ? Ipv6Bytes : Ipv4Bytes) + 4));
            Assert.That(Convert.ToHexString(answer), Is.EqualTo(Convert.ToHexString(Segment(server, client, cookie, sequence + 1, Syn | Ack, given[n], window: 64240))));

            Assert.That(proxy(Segment(client, server, sequence + 1, cookie + 5, Ack, null)).Verdict, Is.EqualTo(XdpAction.Drop), "another number");
            Assert.That(proxy(Segment(client with { Port = 4712 }, server, sequence + 1, cookie + 1, Ack, null)).Verdict, Is.EqualTo(XdpAction.Drop), "another port");
        }
        var (_, last) = proxy(Segment(client, server, sequence, 0, Syn, null));
        uint proof = BinaryPrimitives.ReadUInt32BigEndian(last.AsSpan(Ethernet + (isIpv6 ? Ipv6Bytes : Ipv4Bytes) + 4)) + 1;
        Assert.That(proxy(Segment(client, server, sequence + 1, proof, Ack, null)).Verdict, Is.EqualTo(XdpAction.Pass), "the proof");
        Assert.That(proxy(Segment(client, server, sequence + 1, 0, 0, null)).Verdict, Is.EqualTo(XdpAction.Pass), "anything from a proven client");
    }

    sealed record End(string Address, ushort Port, ulong Mac)
    {
        public byte[] Bytes => IPAddress.Parse(Address).GetAddressBytes();
    }

    /// <summary>A segment without payload; the checksums are right.</summary>
    static byte[] Segment(End from, End to, uint sequence, uint acknowledged, byte flags, ushort? mss, ushort window = 1000)
    {
        bool isIpv6 = from.Bytes.Length == 16;
        int ip = isIpv6 ? Ipv6Bytes : Ipv4Bytes, tcp = TcpBytes + (mss is null ? 0 : MssOptionBytes);
        var frame = new byte[Ethernet + ip + tcp];
        BinaryPrimitives.WriteUInt64BigEndian(frame, to.Mac << 16);
        BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(6), from.Mac << 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)(isIpv6 ? 0x86dd : 0x0800));

        var header = frame.AsSpan(Ethernet, ip);
        header[0] = (byte)(isIpv6 ? 0x60 : 0x45);
        BinaryPrimitives.WriteUInt16BigEndian(header[(isIpv6 ? 4 : 2)..], (ushort)(isIpv6 ? tcp : ip + tcp));
        header[isIpv6 ? 6 : 9] = TcpProtocol;
        header[isIpv6 ? 7 : 8] = 64;
        from.Bytes.CopyTo(header[(isIpv6 ? 8 : 12)..]);
        to.Bytes.CopyTo(header[(isIpv6 ? 24 : 16)..]);
        if (!isIpv6) BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Fold(InternetChecksum.Sum(header)));

        var segment = frame.AsSpan(Ethernet + ip);
        BinaryPrimitives.WriteUInt16BigEndian(segment, from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], to.Port);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(segment[8..], acknowledged);
        segment[12] = (byte)(tcp / 4 << 4);
        segment[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(segment[14..], window);
        if (mss is { } size) BinaryPrimitives.WriteUInt32BigEndian(segment[TcpBytes..], (uint)(2 << 24 | MssOptionBytes << 16 | size));
        ulong sum = InternetChecksum.Sum(to.Bytes, InternetChecksum.Sum(from.Bytes, (ulong)tcp + TcpProtocol));
        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], InternetChecksum.Fold(InternetChecksum.Sum(segment, sum)));
        return frame;
    }
}
