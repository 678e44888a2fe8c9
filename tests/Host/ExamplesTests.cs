using System.Buffers.Binary;
using System.Net;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host;

/// <summary>What the chains of <c>examples/</c> do to captures. That the kernel agrees is the differential test's business.</summary>
public sealed class ExamplesTests
{
    const int Ethernet = 14;
    const int Ipv4 = 20;

    [Test]
    public void Tap_on_drop_remembers_the_last_frames_that_the_firewall_dropped()
    {
        const int slots = 64;
        using var card = Install("tap-on-drop");
        var frames = Captures.Frames("real-dns-over-udp-and-tcp").Frames;
        // Three times over, so that the ring comes round.
        byte[][] all = [.. frames, .. frames, .. frames];
        var outcomes = card.Run(all);

        byte[][] dropped = [.. all.Where((_, n) => outcomes[n].Verdict.Action == XdpAction.Drop)];
        Assert.That(dropped, Has.Length.EqualTo(3 * 26));
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(card.Map("taken").Entries()[0].Values[0]), Is.EqualTo(dropped.Length));
        var ring = card.Map("last_taken").Entries();
        Assert.That(ring, Has.Count.EqualTo(slots));
        for (int n = dropped.Length - slots; n < dropped.Length; n++)
            Assert.That(ring[n % slots].Values[0], Is.EqualTo(Described((ulong)n, dropped[n])), $"dropped frame {n}");
        Assert.That(Runs(card), Is.EqualTo(new[] { all.Length, all.Length - dropped.Length, dropped.Length }));
    }

    [Test]
    public void Vlan_pop_then_route_sends_untagged_frames_one_hop_on()
    {
        using var card = Install("vlan-pop-then-route");
        byte[][] frames = [.. Captures.Frames("real-vlan-and-qinq").Frames, .. Captures.Frames("vlan-and-qinq").Frames];
        var outcomes = card.Run(frames);

        int[] sent = new int[4];
        for (int n = 0; n < frames.Length; n++)
        {
            var (frame, outcome) = (frames[n], outcomes[n]);
            byte[] popped = Type(frame) == 0x8100 ? [.. frame[..12], .. frame[16..]] : frame;
            uint port = Type(popped) != 0x0800 ? 0u : Convert.ToHexStringLower(popped.AsSpan(30, 3)) switch { "c6120a" => 2u, "c61338" => 3u, _ => 0 };
            if (port != 0)
            {
                string subnet = port == 2 ? "0a" : "38";
                Convert.FromHexString($"020000{subnet}0001020000{subnet}0002").CopyTo(popped, 0);
                Assert.That(outcome.Redirect, Is.EqualTo(RedirectTarget.Interface(port)), $"frame {n}");
                popped[Ethernet + 8]--;
                SetChecksum(popped.AsSpan(Ethernet, (popped[Ethernet] & 15) * 4));
            }
            Assert.That(outcome.Verdict.Action, Is.EqualTo(port == 0 ? XdpAction.Pass : XdpAction.Redirect), $"frame {n}");
            Assert.That(outcome.Bytes, Is.EqualTo(popped), $"frame {n}");
            sent[port]++;
        }
        Assert.That(sent[2], Is.EqualTo(18), "IPv4 in VLAN 10");
        Assert.That(sent[3], Is.Positive);
        Assert.That(card.Map("routes").Entries().Select(e => BitConverter.ToInt64(e.Values[0], 16)), Is.EquivalentTo(new long[] { sent[2], sent[3] }));
        long tagged = frames.Count(f => Type(f) == 0x8100);
        Assert.That(card.Map("popped").Entries().Sum(e => BitConverter.ToInt64(e.Values[0])), Is.EqualTo(tagged));
    }

    [Test]
    public void Load_balance_keeps_each_flow_on_its_backend_and_moves_only_those_of_one_that_left()
    {
        var frames = Captures.Frames("real-tcp-8-connections").Frames;
        var before = Balance(frames, gone: null);
        Assert.That(before, Has.Count.EqualTo(8), "connections");
        Assert.That(before.Values.Distinct().Count(), Is.GreaterThan(1), "backends in use");

        string gone = before.Values.First();
        var after = Balance(frames, gone);
        Assert.That(after.Values, Has.None.EqualTo(gone));
        Assert.That(after.Where(flow => before[flow.Key] != gone), Is.EquivalentTo(before.Where(flow => flow.Value != gone)));
    }

    [Test]
    public void Rate_limit_follows_the_clock_of_the_capture()
    {
        const string name = "real-tcp-http-ipv4";
        const ulong nsPerByte = 1_000, full = 4_000_000;
        using var card = Install("rate-limit");
        using var wire = PcapWire.Open(() => CaptureReader.Open(File.OpenRead(Captures.PathOf(name)), name)).Value;
        var outcomes = card.Run(wire);

        var buckets = new Dictionary<string, (ulong At, ulong Tokens, ulong Passed, ulong Dropped)>();
        using var capture = CaptureReader.Open(File.OpenRead(Captures.PathOf(name)), name).Value;
        for (int n = 0; capture.TryRead(out var record); n++)
        {
            var expected = XdpAction.Pass;
            if (Type(record.Frame) == 0x0800)
            {
                string source = Convert.ToHexString(record.Frame.Slice(26, 4));
                var (now, cost) = (record.TimestampNs, (ulong)record.Frame.Length * nsPerByte);
                var b = buckets.GetValueOrDefault(source, (At: now, Tokens: full, Passed: 0ul, Dropped: 0ul));
                ulong tokens = Math.Min(full, b.Tokens + now - b.At);
                if (tokens < cost) expected = XdpAction.Drop;
                buckets[source] = expected == XdpAction.Drop ? (now, tokens, b.Passed, b.Dropped + 1) : (now, tokens - cost, b.Passed + 1, b.Dropped);
            }
            Assert.That(outcomes[n].Verdict.Action, Is.EqualTo(expected), $"frame {n}");
        }
        Assert.That(outcomes.Count(o => o.Verdict.Action == XdpAction.Drop), Is.Positive);
        Assert.That(outcomes[^1].Verdict.Action, Is.EqualTo(XdpAction.Pass), "the bucket fills again");
        Assert.That(
            card.Map("buckets").Entries().Select(e => (Convert.ToHexString(e.Key), Words(e.Values[0]))),
            Is.EquivalentTo(buckets.Select(b => (b.Key, (ulong[])[b.Value.At, b.Value.Tokens, b.Value.Passed, b.Value.Dropped]))));
    }

    /// <summary>Which backend each client port was sent to. Every balanced frame is checked whole; all others must be as they came.</summary>
    /// <param name="gone">The address of a backend that is taken out beforehand, in hex.</param>
    static Dictionary<int, string> Balance(IReadOnlyList<byte[]> frames, string? gone)
    {
        using var card = Install("load-balance");
        var backends = card.Map("backends");
        foreach (var entry in backends.Entries().Where(e => Convert.ToHexString(e.Values[0].AsSpan(0, 4)) == gone))
            Assert.That(backends.UpdateAll(entry.Key, new byte[24], UpdateFlags.Any), Is.Zero);
        var macs = backends.Entries().ToLookup(e => Convert.ToHexString(e.Values[0].AsSpan(0, 4)), e => e.Values[0][4..10]);
        var outcomes = card.Run(frames);

        var flows = new Dictionary<int, string>();
        var packets = new Dictionary<string, long>();
        for (int n = 0; n < frames.Count; n++)
        {
            var (frame, outcome) = (frames[n], outcomes[n]);
            bool echo = Type(frame) == 0x0800 && frame[Ethernet + 9] == 6 && frame.AsSpan(30, 4).SequenceEqual(IPAddress.Parse("198.18.0.2").GetAddressBytes())
                && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(36)) == 7;
            Assert.That(outcome.Verdict.Action, Is.EqualTo(echo ? XdpAction.Tx : XdpAction.Pass), $"frame {n}");
            if (!echo)
            {
                Assert.That(outcome.Bytes, Is.EqualTo(frame), $"frame {n}");
                continue;
            }
            string backend = Convert.ToHexString(outcome.Bytes.AsSpan(30, 4));
            Assert.That(outcome.Bytes, Is.EqualTo(Encapsulated(frame, macs[backend].Single(), backend)), $"frame {n}");
            int client = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(34));
            Assert.That(flows.GetValueOrDefault(client, backend), Is.EqualTo(backend), $"frame {n}");
            flows[client] = backend;
            packets[backend] = packets.GetValueOrDefault(backend) + 1;
        }
        foreach (var entry in backends.Entries())
            Assert.That(BitConverter.ToInt64(entry.Values[0], 16), Is.EqualTo(packets.GetValueOrDefault(Convert.ToHexString(entry.Values[0].AsSpan(0, 4)))));
        return flows;
    }

    static byte[] Encapsulated(byte[] frame, byte[] mac, string backend)
    {
        byte[] outer = new byte[Ipv4];
        outer[0] = 0x45;
        outer[1] = frame[Ethernet + 1];
        BinaryPrimitives.WriteUInt16BigEndian(outer.AsSpan(2), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(Ethernet + 2)) + Ipv4));
        outer[6] = (byte)(frame[Ethernet + 6] & 0x40);
        outer[8] = 64;
        outer[9] = 4;
        Convert.FromHexString("C612FF01" + backend).CopyTo(outer, 12);
        SetChecksum(outer);
        return [.. mac, .. frame[..6], 0x08, 0x00, .. outer, .. frame[Ethernet..]];
    }

    /// <summary>What <c>tap.c</c> writes about a UDP or TCP frame over IPv4 without options, or over IPv6.</summary>
    static byte[] Described(ulong number, byte[] frame)
    {
        byte[] entry = new byte[56];
        bool six = Type(frame) == 0x86dd;
        var (address, length, ports) = six ? (22, 16, 54) : (26, 4, 34);
        BinaryPrimitives.WriteUInt64LittleEndian(entry, number);
        frame.AsSpan(address, length).CopyTo(entry.AsSpan(8));
        frame.AsSpan(address + length, length).CopyTo(entry.AsSpan(24));
        frame.AsSpan(ports, 4).CopyTo(entry.AsSpan(40));
        frame.AsSpan(12, 2).CopyTo(entry.AsSpan(44));
        entry[46] = frame[six ? 20 : 23];
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(48), (uint)frame.Length);
        return entry;
    }

    static TestCard Install(string chain) => new(ChainFile.Load(TestData.FromRoot("examples", $"{chain}.yaml")).Value);

    static long[] Runs(TestCard card) => [.. card.Chain.Members.Select(m => card.Card.Totals().Runs(m.Id))];

    static ushort Type(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);

    static ulong[] Words(byte[] value) => [.. value.Chunk(8).Select(c => BinaryPrimitives.ReadUInt64LittleEndian(c))];

    static void SetChecksum(Span<byte> header)
    {
        header[10..12].Clear();
        uint sum = 0;
        for (int n = 0; n < header.Length; n += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(header[n..]);
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)~sum);
    }
}
