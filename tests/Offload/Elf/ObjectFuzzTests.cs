using System.Diagnostics;
using Chainring.Offload.Elf;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>Damaged objects give a spec or an error: no exception, no hang, no memory beyond what an object may ask for.</summary>
public sealed class ObjectFuzzTests
{
    const int Mutants = 24_000, MaxAllocatedBytes = 80 << 20, MaxMs = 2_000;

    static readonly ulong[] Interesting =
        [0, 1, 2, 3, 4, 7, 8, 16, 24, 64, 127, 255, 0x7fff, 0xff00, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, long.MaxValue, 1UL << 63, ulong.MaxValue];

    [Test]
    public void Mutated_objects_never_break_the_loader()
    {
        var seeds = TestObjects.All.Select(TestObjects.Bytes).ToArray();
        int loaded = 0;
        for (int number = 0; number < Mutants; number++)
        {
            var random = new Random(number);
            var bytes = Mutate(seeds[number % seeds.Length], random);
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            try
            {
                var result = ObjectLoader.Load(bytes, "x.o");
                if (result.Problem is null) loaded++;
                else Assert.That(result.Problem.Sentence, Is.Not.Empty);
            }
            catch (Exception e) when (e is not AssertionException)
            {
                Assert.Fail($"mutant {number} of {TestObjects.All.ElementAt(number % seeds.Length)}: {e}");
            }
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(MaxAllocatedBytes), $"mutant {number}");
            Assert.That(Stopwatch.GetElapsedTime(start).TotalMilliseconds, Is.LessThan(MaxMs), $"mutant {number}");
        }
        Assert.That(loaded, Is.InRange(Mutants / 20, Mutants * 19 / 20), "mutations that all break, or none, test little");
    }

    static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = seed.ToArray();
        if (random.Next(40) == 0) return bytes[..random.Next(bytes.Length)];
        for (int n = random.Next(1, 6); n > 0; n--)
        {
            int at = Place(bytes, random), width = 1 << random.Next(4);
            ulong value = random.Next(3) switch
            {
                0 => Interesting[random.Next(Interesting.Length)],
                1 => (ulong)random.NextInt64(),
                _ => (ulong)random.Next(bytes.Length),
            };
            at = Math.Min(at & -width, bytes.Length - width);
            BitConverter.GetBytes(value).AsSpan(0, width).CopyTo(bytes.AsSpan(at));
        }
        return bytes;
    }

    /// <summary>Mostly anywhere; often in the ELF header, the section table at the end, or the code at the start.</summary>
    static int Place(byte[] bytes, Random random) => random.Next(8) switch
    {
        0 => random.Next(Math.Min(64, bytes.Length)),
        1 => bytes.Length - 1 - random.Next(Math.Min(12 * 64, bytes.Length)),
        2 => random.Next(Math.Min(512, bytes.Length)),
        _ => random.Next(bytes.Length),
    };
}
