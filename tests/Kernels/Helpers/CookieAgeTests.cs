using Chainring.Kernels;
using Chainring.Kernels.Network;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>SYN cookies by the card's clock and seed, which the kernel cannot be asked about: how long one is good, and when it is the same.</summary>
public sealed class CookieAgeTests
{
    const ulong Second = 1_000_000_000;

    static readonly MapSpec Given = new() { Name = "given", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    /// <summary>The first frame is given a cookie; the verdict of every other is PASS if its ACK of that is taken, else DROP.</summary>
    static readonly ProgramSpec Raw = ProgramText.Program("raw", $"""
        {Header}
        r7 = value(given)
        r8 = *(u64 *)(r7 + 0)
        r1 = r10
        r1 += -40
        r2 = r10
        r2 += -20
        if r8 != 0 goto check
        r3 = 20
        call 204
        *(u64 *)(r7 + 0) = r0
        r0 = 3
        exit
        check:
        {Acknowledge}
        call 206
        {Judge}
        """);

    static readonly ProgramSpec OfSocket = ProgramText.Program("of_socket", $"""
        r6 = r1
        *(u64 *)(r10 - 56) = 0
        *(u32 *)(r10 - 48) = 0x50000000
        r2 = r10
        r2 += -56
        r3 = 12
        r4 = -1
        r5 = 0
        call 84
        if r0 == 0 goto nobody
        r9 = r0
        {Header}
        r7 = value(given)
        r8 = *(u64 *)(r7 + 0)
        r1 = r9
        r2 = r10
        r2 += -40
        r3 = 20
        r4 = r10
        r4 += -20
        r5 = 20
        if r8 != 0 goto check
        call 110
        *(u64 *)(r7 + 0) = r0
        r1 = r9
        call 86
        r0 = 3
        exit
        check:
        {Acknowledge}
        *(u8 *)(r10 - 7) = 16
        call 100
        r7 = r0
        r1 = r9
        call 86
        r0 = r7
        {Judge}
        nobody:
        r0 = 0
        exit
        """);

    /// <summary>An IPv4 header and a SYN, all zero but for what is looked at.</summary>
    const string Header = """
        *(u64 *)(r10 - 40) = 0x40
        *(u64 *)(r10 - 32) = 0
        *(u64 *)(r10 - 24) = 0
        *(u64 *)(r10 - 16) = 0
        *(u64 *)(r10 - 8) = 0x0250
        """;

    /// <summary>The sequence number is 1, and the cookie and one acknowledged; r1 to r5 stay.</summary>
    const string Acknowledge = """
        r8 += 1
        r8 = be32 r8
        *(u32 *)(r10 - 12) = r8
        *(u32 *)(r10 - 16) = 0x01000000
        """;

    const string Judge = """
        r1 = r0
        r0 = 2
        if r1 == 0 goto good
        r0 = 1
        good:
        exit
        """;

    [TestCaseSource(nameof(Backends))]
    public void A_cookie_is_good_in_its_minute_and_the_next(IKernelTarget target)
    {
        ulong[] times = [59 * Second, 59 * Second, 60 * Second, 120 * Second - 1, 120 * Second, 500 * Second];
        Assert.That(Verdicts(Raw, target, times), Is.EqualTo(new[] { XdpAction.Tx, XdpAction.Pass, XdpAction.Pass, XdpAction.Pass, XdpAction.Drop, XdpAction.Drop }));
    }

    /// <summary>A minute counter of 256 minutes begins anew in the cookie, but not in its hash.</summary>
    [TestCaseSource(nameof(Backends))]
    public void A_cookie_does_not_become_good_again(IKernelTarget target) =>
        Assert.That(Verdicts(Raw, target, [0, 256 * 60 * Second, 257 * 60 * Second]), Is.EqualTo(new[] { XdpAction.Tx, XdpAction.Drop, XdpAction.Drop }));

    [TestCaseSource(nameof(Backends))]
    public void A_socket_takes_cookies_for_two_minutes_after_it_gave_one(IKernelTarget target)
    {
        ulong[] times = [60 * Second, 60 * Second, 179 * Second, 180 * Second - 4_000_000, 180 * Second];
        Assert.That(Verdicts(OfSocket, target, times), Is.EqualTo(new[] { XdpAction.Tx, XdpAction.Pass, XdpAction.Pass, XdpAction.Pass, XdpAction.Drop }));
    }

    [TestCaseSource(nameof(Backends))]
    public void Cookies_are_a_matter_of_the_seed(IKernelTarget target)
    {
        long[] cookies = [.. new ulong[] { 1, 1, 2 }.Select(seed =>
        {
            using var card = Card(Raw, target, seed);
            card.Run(new byte[64]);
            return BitConverter.ToInt64(card.Map("given").Entries()[0].Values[0]);
        })];
        Assert.That(cookies[1], Is.EqualTo(cookies[0]));
        Assert.That(cookies[2], Is.Not.EqualTo(cookies[0]));
    }

    static List<XdpAction> Verdicts(ProgramSpec program, IKernelTarget target, ulong[] times)
    {
        using var card = Card(program, target, seed: 5);
        return [.. card.Run(new TimedWire(times)).Select(o => o.Verdict.Action)];
    }

    static TestCard Card(ProgramSpec program, IKernelTarget target, ulong seed)
    {
        var card = new TestCard(ChainSpec.Single(TestCard.ObjectOf([program], [Given]), program), target, new CardOptions { Target = target, Seed = seed });
        var listener = new SocketSpec { Protocol = SocketProtocol.Tcp, Local = default, LocalPort = 80, State = SocketState.Listen };
        card.Card.Network.Set([listener], SynCookieUse.Always);
        return card;
    }

    sealed class TimedWire(ulong[] times) : GivingWire
    {
        int _next;

        public override bool Ended => _next == times.Length;

        public override bool TryReceive(out WireFrame frame)
        {
            frame = Ended ? default : new(new byte[64], times[_next], 64);
            return !Ended && _next++ >= 0;
        }
    }
}
