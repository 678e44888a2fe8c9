using System.Net;
using Chainring.Kernels;
using Chainring.Nic.Rss;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Rss;

/// <summary>The verification suite that Microsoft publishes with "RSS hashing functions", and what becomes of everything else.</summary>
public sealed class PacketHasherTests
{
    static readonly object[][] Vectors =
    [
        ["66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2u, 0x51ccc178u],
        ["199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262au, 0xc626b0eau],
        ["24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5deu, 0x5c2b394au],
        ["38.27.205.30", 48228, "209.142.163.6", 2217, 0x82989176u, 0xafc7327fu],
        ["153.39.163.191", 44251, "202.188.127.2", 1303, 0x5d1809c5u, 0x10e828a2u],
        ["3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x2cc18cd5u, 0x40207d3du],
        ["3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0x0f0c461cu, 0xdde51bbfu],
        ["3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024, 0x4b61e985u, 0x02d1feefu],
    ];

    [TestCaseSource(nameof(Vectors))]
    public void The_published_vectors_hold(string source, int sourcePort, string destination, int destinationPort, uint addresses, uint addressesAndPorts)
    {
        var byPorts = new PacketHasher(RssConfig.Even(4));
        var byAddress = new PacketHasher(RssConfig.Even(4) with { Tcp4 = HashFields.Addresses, Tcp6 = HashFields.Addresses });
        byte[] frame = Tcp(source, sourcePort, destination, destinationPort);
        Assert.That((byAddress.Of(frame).Hash, byPorts.Of(frame).Hash), Is.EqualTo((addresses, addressesAndPorts)));
    }

    [Test]
    public void The_queue_is_the_indirection_tables_entry_for_the_lowest_seven_bits()
    {
        var table = new byte[RssConfig.TableEntries];
        table[0x51ccc178 & 127] = 3;
        var hash = new PacketHasher(RssConfig.Even(1) with { Table = table }).Of(Tcp("66.9.149.187", 2794, "161.142.100.80", 1766));
        Assert.That((hash.Queue, hash.Type), Is.EqualTo((3, HashType.Ipv4 | HashType.Layer4 | HashType.Tcp)));
    }

    [Test]
    public void Tags_do_not_change_the_hash([Values(1, 2)] int tags)
    {
        byte[] plain = Tcp("66.9.149.187", 2794, "161.142.100.80", 1766);
        byte[] tagged = [.. plain.AsSpan(0, 12), .. Enumerable.Repeat(new byte[] { 0x81, 0, 0, 7 }, tags).SelectMany(t => t), .. plain.AsSpan(12)];
        var hasher = new PacketHasher(RssConfig.Even(4));
        Assert.That(hasher.Of(tagged), Is.EqualTo(hasher.Of(plain)));
    }

    [TestCase(0x2000, TestName = "The first fragment is hashed by address")]
    [TestCase(0x0010, TestName = "A later fragment is hashed by address")]
    public void Fragments(int flagsAndOffset)
    {
        byte[] frame = Tcp("66.9.149.187", 2794, "161.142.100.80", 1766);
        (frame[20], frame[21]) = ((byte)(flagsAndOffset >> 8), (byte)flagsAndOffset);
        var hash = new PacketHasher(RssConfig.Even(4)).Of(frame);
        Assert.That((hash.Hash, hash.Type), Is.EqualTo((0x323e8fc2u, HashType.Ipv4)));
    }

    [Test]
    public void Whatever_is_cut_off_or_not_ip_goes_to_the_first_entrys_queue([Range(0, 33)] int length)
    {
        byte[] frame = Tcp("66.9.149.187", 2794, "161.142.100.80", 1766)[..length];
        Assert.That(new PacketHasher(RssConfig.Even(4)).Of(frame), Is.EqualTo(new PacketHash(0, HashType.None, 0)));
    }

    static byte[] Tcp(string source, int sourcePort, string destination, int destinationPort)
    {
        byte[] from = IPAddress.Parse(source).GetAddressBytes(), to = IPAddress.Parse(destination).GetAddressBytes();
        byte[] ports = [(byte)(sourcePort >> 8), (byte)sourcePort, (byte)(destinationPort >> 8), (byte)destinationPort];
        byte[] header = from.Length == 4
            ? [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0]
            : [0x60, 0, 0, 0, 0, 20, 6, 64];
        byte[] type = from.Length == 4 ? [0x08, 0x00] : [0x86, 0xdd];
        return [.. new byte[12], .. type, .. header, .. from, .. to, .. ports, .. new byte[16]];
    }
}
