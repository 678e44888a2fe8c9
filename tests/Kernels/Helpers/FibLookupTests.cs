using System.Buffers.Binary;
using System.Net;
using Chainring.Kernels.Network;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;
using static Chainring.Tests.Kernels.Helpers.Agreement;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>bpf_fib_lookup with random questions on one network, on every backend and in the kernel: the same answer and the same fields.</summary>
public sealed class FibLookupTests
{
    const int Questions = 300, StructBytes = 64;

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    static readonly NetworkInterface[] Interfaces =
    [
        new(2, 1500, 0x02_00_00_00_00_02) { Addresses = [Prefix("10.0.2.1/24"), Prefix("10.0.22.1/25"), Prefix("2001:db8:2::1/64")] },
        new(3, 1400, 0x02_00_00_00_00_03) { Addresses = [Prefix("10.0.3.1/24"), Prefix("10.0.33.1/31"), Prefix("2001:db8:3::1/64"), Prefix("2001:db8:33::1/64")] },
        new(4, 1500, 0x02_00_00_00_00_04) { Addresses = [Prefix("10.0.4.1/24"), Prefix("2001:db8:4::1/64")], Forwards = false },
        new(5, 1300, 0x02_00_00_00_00_05),
    ];

    static readonly Route[] Routes =
    [
        To("0.0.0.0/0", 2, "10.0.2.2"),
        To("10.1.0.0/16", 2, "10.0.2.2"),
        To("10.1.1.0/24", 3, "10.0.3.2") with { Metric = 7 },
        To("10.1.1.128/25", 3),
        To("10.2.0.0/16", 3, "10.0.3.2") with { Mtu = 1000 },
        To("10.3.0.0/16", 0) with { Kind = RouteKind.Blackhole },
        To("10.4.0.0/16", 0) with { Kind = RouteKind.Unreachable },
        To("10.5.0.0/16", 0) with { Kind = RouteKind.Prohibit },
        To("10.6.0.0/16", 3, "2001:db8:3::2"),
        To("10.7.0.0/16", 2, "10.0.2.99"),
        To("10.8.0.0/16", 2, "10.0.2.2") with { Metric = 5 },
        To("10.8.0.0/16", 3, "10.0.3.2") with { Metric = 9 },
        To("10.9.0.0/16", 3, "10.0.3.2") with { Source = Address("10.0.2.1") },
        To("10.10.0.0/16", 2, "10.0.22.2"),
        To("10.11.0.0/16", 5),
        To("10.1.0.0/16", 3, "10.0.3.2") with { Table = 100 },
        To("10.12.0.0/16", 3, "10.0.3.2") with { Table = Route.DefaultTable },
        To("2001:db8:100::/48", 2, "2001:db8:2::2") with { Metric = 1024 },
        To("2001:db8:100:1::/64", 3, "2001:db8:3::2") with { Metric = 512 },
        To("2001:db8:100:1:8000::/65", 3) with { Metric = 1024 },
        To("2001:db8:200::/48", 3, "2001:db8:3::2") with { Metric = 1024, Mtu = 1290 },
        To("2001:db8:300::/48", 0) with { Metric = 1024, Kind = RouteKind.Blackhole },
        To("2001:db8:400::/48", 0) with { Metric = 1024, Kind = RouteKind.Unreachable },
        To("2001:db8:500::/48", 0) with { Metric = 1024, Kind = RouteKind.Prohibit },
        To("2001:db8:600::/48", 2, "2001:db8:2::99") with { Metric = 1024 },
        To("2001:db8:700::/48", 2, "2001:db8:2::2") with { Metric = 3 },
        To("2001:db8:700::/48", 3, "2001:db8:3::2") with { Metric = 4 },
        To("2001:db8:800::/48", 3, "2001:db8:3::2") with { Metric = 1024, Source = Address("2001:db8:2::1") },
        To("2001:db8:100::/48", 3, "2001:db8:3::2") with { Metric = 1024, Table = 100 },
    ];

    static readonly Neighbour[] Neighbours =
    [
        new(2, Address("10.0.2.2"), 0x02_aa_00_00_02_02), new(2, Address("10.0.22.2"), 0x02_aa_00_00_22_02), new(3, Address("10.0.3.2"), 0x02_aa_00_00_03_02),
        new(3, Address("10.1.1.200"), 0x02_aa_00_01_01_c8), new(2, Address("10.0.2.1"), 0x02_aa_00_00_00_01),
        new(2, Address("2001:db8:2::2"), 0x02_bb_00_00_02_02), new(3, Address("2001:db8:3::2"), 0x02_bb_00_00_03_02),
    ];

    static readonly string[] Targets4 =
    [
        "10.0.2.0", "10.0.2.1", "10.0.2.2", "10.0.2.3", "10.0.2.255", "10.0.22.127", "10.0.22.9", "10.0.3.2", "10.0.33.0", "10.0.33.1", "10.0.4.1", "10.0.4.7", "10.1.0.1", "10.1.1.1",
        "10.1.1.200", "10.1.1.201", "10.2.3.4", "10.3.0.1", "10.4.0.1", "10.5.0.1", "10.6.0.1", "10.7.0.1", "10.8.0.1", "10.9.0.1", "10.10.0.1", "10.11.0.1",
        "10.12.0.1", "198.51.100.1", "224.0.0.1", "255.255.255.255",
    ];

    static readonly string[] Targets6 =
    [
        "2001:db8:2::", "2001:db8:2::1", "2001:db8:2::2", "2001:db8:2::3", "2001:db8:3::2", "2001:db8:4::1", "2001:db8:4::7", "2001:db8:100::1", "2001:db8:100:1::1", "2001:db8:100:1:8000::1",
        "2001:db8:200::1", "2001:db8:300::1", "2001:db8:400::1", "2001:db8:500::1", "2001:db8:600::1", "2001:db8:700::1", "2001:db8:800::1", "2001:db8:999::1",
        "fe80::1", "ff02::1", "::1", "::",
    ];

    sealed record Question(byte[] Fields, uint Flags, int Bytes)
    {
        public override string ToString() => $"{Convert.ToHexString(Fields)} flags {Flags} of {Bytes}";
    }

    static readonly Gen<Question> Asked = Gen.Select(
        Gen.Frequency((5, Gen.Const((byte)2)), (5, Gen.Const((byte)10)), (1, Gen.Byte)),
        Gen.Select(Gen.OneOf(Targets4), Gen.OneOf(Targets6), Gen.OneOf(Targets6)),
        Gen.OneOf(2u, 3u, 2u, 3u, 4u, 5u, 77u),
        Gen.OneOf<ushort>(0, 0, 900, 1000, 1001, 1280, 1290, 1291, 1400, 1401, 1500, 1501, ushort.MaxValue),
        Gen.Select(Gen.UInt[0, 31], Gen.Frequency((9, Gen.Const(0u)), (1, Gen.OneOf(32u, 64u, 0x80000000u))), (a, b) => a | b),
        Gen.OneOf(0u, 100u, 253u, 254u, 255u, 77u),
        Gen.Frequency((12, Gen.Const(StructBytes)), (1, Gen.OneOf(1, 63))),
        (family, targets, ifindex, length, flags, table, bytes) =>
        {
            byte[] fields = new byte[StructBytes];
            fields[0] = family;
            fields[1] = 6;
            BinaryPrimitives.WriteUInt16LittleEndian(fields.AsSpan(6), length);
            BinaryPrimitives.WriteUInt32LittleEndian(fields.AsSpan(8), ifindex);
            BinaryPrimitives.WriteUInt32LittleEndian(fields.AsSpan(48), table);
            var (target4, target6, source6) = targets;
            IPAddress.Parse(family == 10 ? target6 : target4).GetAddressBytes().CopyTo(fields, 32);
            IPAddress.Parse(family == 10 ? source6 : "10.0.2.77").GetAddressBytes().CopyTo(fields, 16);
            return new Question(fields, flags, bytes);
        });

    [Test]
    public void Routes_are_found_as_the_kernel_finds_them()
    {
        using var ports = new KernelPorts(Interfaces.Select(i => (int)i.Ifindex));
        KernelNetwork.Set(Interfaces, Routes, Neighbours);
        var answers = new HashSet<long>();
        Asked.Sample(asked =>
        {
            var program = ProgramText.Program("lookup", $"""
                r6 = r1
                r2 = 0
                r3 = value(results) + 8
                r4 = {StructBytes}
                call 189
                r1 = r6
                r2 = value(results) + 8
                r3 = {asked.Bytes}
                r4 = 0x{asked.Flags:x} ll
                call 69
                r1 = value(results)
                *(u64 *)(r1 + 0) = r0
                r0 = 2
                exit
                """);
            byte[] got = Compare(program, Results(1 + StructBytes / 8), asked.Fields, ingress: 2, configure: card =>
            {
                foreach (var port in Interfaces) card.Network.Add(port);
                card.Network.Set(Routes, Neighbours);
            });
            answers.Add(BitConverter.ToInt64(got));
        }, iter: Questions, threads: 1);
        Assert.That(answers, Is.SupersetOf(new long[] { 0, 1, 2, 3, 4, 5, 7, 8, -19, -22, -97 }), "every answer was among them");
    }

    static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new FormatException(text);

    static IpPrefix Prefix(string text) => IpPrefix.TryParse(text, out var prefix) ? prefix : throw new FormatException(text);

    static Route To(string prefix, uint ifindex, string? via = null) => new() { To = Prefix(prefix), Ifindex = ifindex, Via = via is null ? null : Address(via) };
}
