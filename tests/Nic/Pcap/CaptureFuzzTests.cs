using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Pcap;

/// <summary>Damaged captures give frames and then an error or the end: no exception, no hang, no memory beyond the buffers.</summary>
[Category(Fuzz.Category)]
public sealed class CaptureFuzzTests
{
    static readonly uint[] Words =
        [0, 1, 2, 3, 4, 6, 12, 15, 16, 28, 0x7fff_ffff, 0x8000_0000, uint.MaxValue, 0xffff_fffc, 262_144, 262_145, 999_999, 1_000_000, 0x0000_0100, 0x0a0d_0d0a];

    static IEnumerable<byte[]> Classic() =>
        new[] { "nanosecond-big-endian", "microsecond-big-endian", "real-ping-ipv4-and-arp", "arp", "no-frames" }
            .Select(name => File.ReadAllBytes(Captures.PathOf(name)))
            .Select(bytes => bytes[..Math.Min(bytes.Length, 2000)]);

    static IEnumerable<byte[]> Pcapng() => ForeignCapturesTests.Names.Where(name => name.EndsWith(".pcapng", StringComparison.Ordinal))
        .Select(name => File.ReadAllBytes(ForeignCapturesTests.PathOf(name)));

    static IEnumerable<TestCaseData> Cases()
    {
        yield return Case("classic", 20_000, Classic(), minFrameBytes: 16, maxAllocated: 400_000);
        yield return Case("pcapng", 20_000, Pcapng(), minFrameBytes: 16, maxAllocated: 500_000);
        yield return Case("gzip of classic", 4_000, Classic().Select(file => GzipTests.Gzip(file)), minFrameBytes: 0, maxAllocated: 800_000);
        yield return Case("gzip of pcapng", 6_000, Pcapng().Select(file => GzipTests.Gzip(file)), minFrameBytes: 0, maxAllocated: 800_000);

        static TestCaseData Case(string name, int mutants, IEnumerable<byte[]> seeds, int minFrameBytes, int maxAllocated) =>
            new TestCaseData(name, mutants, seeds.ToArray(), minFrameBytes, maxAllocated).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Cases))]
    public void No_mutation_makes_the_reader_throw_hang_or_allocate_much(string name, int mutants, byte[][] seeds, int minFrameBytes, int maxAllocated)
    {
        int undamaged = 0;
        foreach (ulong number in Fuzz.Seeds($"captures: {name}", mutants))
        {
            var random = new SplitMix64(number);
            byte[] file = Mutate(seeds[random.Below(seeds.Length)], seeds[random.Below(seeds.Length)], ref random);
            Fuzz.Try(name, number, maxAllocated, () =>
            {
                var problem = PcapngErrorTests.ReadAll(file, out int frames);
                if (problem is null) undamaged++;
                else if (problem.Sentence.Any(char.IsControl)) Assert.Fail($"mutant {number}: {problem}");
                if (frames * minFrameBytes > file.Length) Assert.Fail($"mutant {number}: {frames} frames in {file.Length} bytes");
            });
        }
        if (Fuzz.IsUsual) Assert.That(undamaged, Is.InRange(1, mutants * 19 / 20), "mutations that all break, or none, test little");
    }

    /// <summary>One to four changes of any kind; and often one of a word that the readers go by, for all of these are lengths, types and magics.</summary>
    static byte[] Mutate(byte[] file, byte[] other, ref SplitMix64 random)
    {
        byte[] bytes = Mutation.Of(file, other, 1 + random.Below(4), ref random);
        if (bytes.Length < 4 || random.Below(2) == 0) return bytes;

        int at = random.Below(random.Below(2) == 0 ? Math.Min(100, bytes.Length) : bytes.Length) & ~3;
        if (at + 4 <= bytes.Length) BitConverter.TryWriteBytes(bytes.AsSpan(at), Words[random.Below(Words.Length)]);
        return bytes;
    }
}
