using Chainring.Kernels;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;
using static Chainring.Tests.Kernels.Helpers.Agreement;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>Helpers that copy, measure and parse, with random arguments, on every backend and in the kernel.</summary>
public sealed class PacketHelperTests
{
    const int Room = 64, FirstPort = 2, SecondPort = 3;

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    static readonly Gen<uint> Offset = Gen.Frequency(
        (6, Gen.UInt[0, 80]), (2, Gen.UInt[0, Frame.MaxLength]), (2, Gen.UInt[Frame.MaxLength - Room, Frame.MaxLength + Room]), (2, Gen.UInt[7616 - Room, 7616 + Room]), (1, Gen.OneOf(0xffffu, 0x10000u, 0x7fffffffu, 0x80000000u, uint.MaxValue)));

    sealed record Copy(bool Store, uint Offset, int Length)
    {
        public override string ToString() => $"{(Store ? "store" : "load")} {Length} at {Offset}";

        /// <summary>Loads go to the map, stores come from there: what was loaded last is stored somewhere else.</summary>
        public string Text(int n) => $"""
            r1 = r6
            r2 = 0x{Offset:x} ll
            r3 = value(results)
            r4 = {Length}
            call {(Store ? 190 : 189)}
            r1 = value(results) + {Room + 8 * n}
            *(u64 *)(r1 + 0) = r0

            """;
    }

    static readonly Gen<Copy[]> Copies = Gen.Select(Gen.Bool, Offset, Gen.Int[1, Room], (store, offset, length) => new Copy(store, offset, length)).Array[1, 12];

    [Test]
    public void Bytes_loaded_and_stored([Values("xdp", "xdp.frags")] string section) =>
        Gen.Select(Copies, Lengths(section)).Sample((copies, length) =>
        {
            string text = $"r6 = r1\n{string.Concat(copies.Select((c, n) => c.Text(n)))}r1 = r6\ncall 188\nr1 = value(results) + {Room + 8 * copies.Length}\n*(u64 *)(r1 + 0) = r0\nr0 = 2\nexit";
            Compare(ProgramText.Program("copies", text, section), Results(Room / 8 + copies.Length + 1), Ask.Frame(length));
        }, iter: 110, threads: 1, print: sample => $"{sample.Item2} bytes: {string.Join(", ", sample.Item1.AsEnumerable())}");

    static readonly Gen<int> Change = Gen.Frequency((3, Gen.Int[-100, 100]), (2, Gen.Int[-2700, 2000]), (1, Gen.OneOf(int.MinValue, int.MaxValue)));

    [Test]
    public void Mtu_checks([Values("xdp", "xdp.frags")] string section)
    {
        using var ports = new KernelPorts([FirstPort, SecondPort]);
        KernelPorts.Ip($"link set port{SecondPort} mtu 900");
        Gen.Select(
            Gen.OneOf<uint>(0, FirstPort, SecondPort, 77, uint.MaxValue), Gen.OneOf(Gen.Const(0u), Gen.UInt[0, 3000], Gen.OneOf(0x7fffffffu, uint.MaxValue)),
            Change, Gen.OneOf(0UL, 0UL, 0UL, 1UL, 1UL << 40), section == "xdp" ? Gen.Int[14, 1600] : Lengths(section)).Sample((ifindex, asked, change, flags, length) =>
        {
            var program = ProgramText.Program("mtu", $"""
                *(u32 *)(r10 - 8) = 0
                r2 = 0x{asked:x} ll
                *(u32 *)(r10 - 4) = r2
                r2 = 0x{ifindex:x} ll
                r3 = r10
                r3 += -4
                r4 = {change}
                r5 = 0x{flags:x} ll
                call 163
                r1 = value(results)
                *(u64 *)(r1 + 0) = r0
                r2 = *(u32 *)(r10 - 4)
                *(u64 *)(r1 + 8) = r2
                r0 = 2
                exit
                """, section);
            Compare(program, Results(2), Ask.Frame(length), ingress: FirstPort, configure: card =>
            {
                card.Network.Add(new(FirstPort, 1500, 0));
                card.Network.Add(new(SecondPort, 900, 0));
            });
        }, iter: 110, threads: 1);
    }

    static readonly Gen<byte[]> Text = Gen.Frequency(
        (8, Gen.OneOf("0123456789abcfxXF- \t+".Select(c => (byte)c).ToArray()).Array[1, Room]), (2, Gen.Byte.Array[1, 24]),
        (2, Gen.Long.Select(n => System.Text.Encoding.ASCII.GetBytes($"{n}"))), (2, Gen.ULong.Select(n => System.Text.Encoding.ASCII.GetBytes($" 0x{n:x}"))),
        (1, Gen.OneOf("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615",
            "18446744073709551616", "01777777777777777777777", "-", "0x", "0xg", "00", " -0x10", new string('0', 62) + "17", new string(' ', 63) + "1")
            .Select(System.Text.Encoding.ASCII.GetBytes)));

    [TestCase(105), TestCase(106)]
    public void Numbers_from_text(int helper) =>
        Gen.Select(Text, Gen.OneOf(0UL, 0UL, 8UL, 10UL, 16UL, 2UL, 1UL << 5, 1UL << 32)).Sample((text, flags) =>
        {
            var program = ProgramText.Program("number", $"""
                r1 = value(text)
                r2 = {text.Length}
                r3 = 0x{flags:x} ll
                r4 = value(results)
                call {helper}
                r1 = value(results) + 8
                *(u64 *)(r1 + 0) = r0
                r0 = 2
                exit
                """);
            Compare(program, Results(2), Ask.Frame(64), [Constant(text, Room)]);
        }, iter: 140, threads: 1, print: sample => $"'{System.Text.Encoding.Latin1.GetString(sample.Item1)}' {sample.Item2}");

    static readonly Gen<byte[]> Word = Gen.OneOf((byte)'a', (byte)'b', (byte)0xff, (byte)0).Array[1, 6];

    [Test]
    public void Texts_compared() =>
        Gen.Select(Word, Word, Gen.Int[1, 8]).Sample((one, other, length) =>
        {
            var program = ProgramText.Program("compare", $"""
                r1 = value(text)
                r2 = {length}
                r3 = value(constant)
                call 182
                r1 = value(results)
                *(u64 *)(r1 + 0) = r0
                r0 = 2
                exit
                """);
            Compare(program, Results(1), Ask.Frame(64), [Constant(one, 8), Constant(other, 8) with { Name = "constant" }]);
        }, iter: 100, threads: 1);

    /// <summary>Read-only data, with zeroes behind the text.</summary>
    static MapSpec Constant(byte[] text, int size)
    {
        byte[] value = new byte[size + 8];
        text.AsSpan(0, Math.Min(text.Length, size)).CopyTo(value);
        return new()
        {
            Name = "text",
            Type = MapType.Array,
            KeySize = 4,
            ValueSize = value.Length,
            MaxEntries = 1,
            Flags = MapFlags.ReadOnlyForPrograms,
            InitialValue = value,
        };
    }
}
