using System.Buffers.Binary;
using Chainring.Host.Driver;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host;

/// <summary>
/// From file to map, end to end: an XDP program that counts protocols finds in each capture what tcpdump found there.
/// </summary>
public sealed class ExpectedCountersTests
{
    /// <summary>The program's slots, and what <c>scripts/count-pcaps</c> calls the same thing.</summary>
    static readonly (int Slot, string Counter)[] Counters =
        [(0, "frames"), (2, "ipv4"), (3, "ipv6"), (4, "tcp"), (5, "udp"), (6, "icmp"), (7, "icmpv6"), (8, "arp")];

    const int TooShort = 10;

    static IEnumerable<string> Names => Captures.Names;

    [TestCaseSource(nameof(Names))]
    public void A_program_counts_what_tcpdump_counted(string name)
    {
        var expected = Captures.Expected(name);
        var chain = ChainFile.Load(TestData.Path("objects", "protocol-count.yaml")).Value;
        using var card = new TestCard(chain);
        var (frames, missed) = Captures.Frames(name);
        card.Run(frames);

        var counted = card.Map("frames").Entries().Select(e => (long)BinaryPrimitives.ReadUInt64LittleEndian(e.Values[0])).ToArray();
        Assert.That($"{counted[0] + missed}", Is.EqualTo(expected["frames"]));
        // Where a header is cut off, tcpdump and the program may rightly differ about what is behind it.
        if (missed > 0 || counted[TooShort] > 0) return;
        Assert.That(Counters.Select(c => (c.Counter, $"{counted[c.Slot]}")), Is.EqualTo(Counters.Select(c => (c.Counter, expected[c.Counter]))));
    }
}
