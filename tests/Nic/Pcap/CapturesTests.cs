using System.Buffers.Binary;
using Chainring.Nic.Pcap;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Pcap;

/// <summary>The captures in <c>pcaps/</c> are what their counters and the table beside them say.</summary>
public sealed class CapturesTests
{
    [TestCaseSource(typeof(Captures), nameof(Captures.Names))]
    public void The_reader_counts_what_tcpdump_counted(string name)
    {
        using var reader = CaptureReader.Open(File.OpenRead(Captures.PathOf(name)), name).Value;
        var counters = new Counters();
        while (reader.TryRead(out var record)) counters.Count(record);
        Assert.That(reader.Problem, Is.Null);

        var expected = Captures.Expected(name);
        expected.Remove("made_by");
        Assert.That(counters.ToDictionary(), Is.EqualTo(expected));
    }

    [TestCaseSource(typeof(Captures), nameof(Captures.Names))]
    public void A_capture_is_small_and_its_frames_fit_the_card(string name)
    {
        var expected = Captures.Expected(name);
        Assert.That(new FileInfo(Captures.PathOf(name)).Length, Is.LessThan(150_000));
        if (expected["frames"] == "0") return;
        Assert.That(int.Parse(expected["shortest"]), Is.GreaterThanOrEqualTo(14));
        Assert.That(int.Parse(expected["longest"]), Is.LessThanOrEqualTo(name.StartsWith("jumbo-", StringComparison.Ordinal) ? 9022 : 3520));
    }

    [Test]
    public void All_captures_together_are_small() =>
        Assert.That(Captures.Names.Sum(name => new FileInfo(Captures.PathOf(name)).Length), Is.LessThan(900_000));

    [Test]
    public void The_table_names_every_capture_and_no_other()
    {
        var rows = File.ReadLines(Path.Combine(Captures.Folder, "README.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]);
        Assert.That(rows, Is.EquivalentTo(Captures.Names.Select(name => name + ".pcap")));
    }

    /// <summary>The definitions of scripts/count-pcaps, over again.</summary>
    sealed class Counters
    {
        static readonly string[] Keys =
        [
            "frames", "bytes", "original_bytes", "shortest", "longest", "vlan_tagged", "qinq", "arp", "ipv4", "ipv6", "other",
            "tcp", "udp", "icmp", "icmpv6", "other_protocol",
        ];

        readonly Dictionary<string, long> _counts = Keys.ToDictionary(key => key, _ => 0L);

        public Dictionary<string, string> ToDictionary() => _counts.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());

        public void Count(in PcapRecord record)
        {
            var frame = record.Frame;
            _counts["shortest"] = _counts["frames"] == 0 ? frame.Length : Math.Min(_counts["shortest"], frame.Length);
            _counts["longest"] = Math.Max(_counts["longest"], frame.Length);
            _counts["frames"]++;
            _counts["bytes"] += frame.Length;
            _counts["original_bytes"] += record.OriginalLength;

            var at = 12;
            var tags = 0;
            while (tags < 2 && Type(frame, at) is 0x8100 or 0x88a8)
            {
                tags++;
                at += 4;
            }
            if (tags > 0) _counts["vlan_tagged"]++;
            if (tags > 1) _counts["qinq"]++;

            var network = Type(frame, at) switch { 0x0806 => "arp", 0x0800 => "ipv4", 0x86dd => "ipv6", _ => "other" };
            _counts[network]++;
            if (network is not ("ipv4" or "ipv6")) return;
            var protocol = at + 2 + (network == "ipv4" ? 9 : 6);
            _counts[(protocol < frame.Length ? frame[protocol] : -1, network) switch
            {
                (6, _) => "tcp",
                (17, _) => "udp",
                (1, "ipv4") => "icmp",
                (58, "ipv6") => "icmpv6",
                _ => "other_protocol",
            }]++;
        }

        static int Type(ReadOnlySpan<byte> frame, int at) => frame.Length < at + 2 ? -1 : BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
    }
}
