using Chainring.Nic.Wire;
using Chainring.Offload.Elf;
using Chainring.Offload.Elf.Core;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>Damaged objects, and damaged types beside them, give a spec or an error: no exception, no hang, no memory beyond what an object may ask for.</summary>
[Category(Fuzz.Category)]
public sealed class ObjectFuzzTests
{
    const int Mutants = 24_000, MaxAllocatedBytes = 80 << 20;

    static readonly ulong[] Interesting =
        [0, 1, 2, 3, 4, 7, 8, 16, 24, 64, 127, 255, 0x7fff, 0xff00, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, long.MaxValue, 1UL << 63, ulong.MaxValue];

    [Test]
    public void Mutated_objects_never_break_the_loader()
    {
        string[] names = [.. TestObjects.All];
        var seeds = names.Select(TestObjects.Bytes).ToArray();
        int loaded = 0, all = 0;
        foreach (ulong number in Fuzz.Seeds("objects", Mutants))
        {
            var random = new Random(number.GetHashCode());
            int seed = (int)(number % (ulong)seeds.Length);
            all++;
            byte[] bytes = random.Next(4) > 0 ? Mutate(seeds[seed], random) : Spliced(number, seeds[seed], seeds[random.Next(seeds.Length)]);
            Try(number, names[seed], bytes, ref loaded, LoadOptions.Default);
        }
        if (Fuzz.IsUsual) Assert.That(loaded, Is.InRange(all / 20, all * 19 / 20), "mutations that all break, or none, test little");
    }

    /// <summary>The same with other types to be fitted to: whole ones for a damaged object, damaged ones for a whole or damaged object.</summary>
    [Test]
    public void Mutated_types_never_break_the_loader()
    {
        string[] names = [.. TestObjects.All.Where(f => f.StartsWith("core.", StringComparison.Ordinal))];
        var objects = names.Select(TestObjects.Bytes).ToArray();
        var types = TestObjects.All.Where(f => f.StartsWith("core", StringComparison.Ordinal)).Select(TestObjects.Bytes).ToArray();
        int loaded = 0;
        foreach (ulong number in Fuzz.Seeds("objects with types", Mutants / 4))
        {
            var random = new Random(number.GetHashCode());
            int seed = random.Next(objects.Length);
            var target = types[random.Next(types.Length)];
            if (random.Next(3) > 0) target = InTypes(target, random);
            if (!TargetTypes.Load(target, "types").Try(out var read, out _)) continue;
            Try(number, names[seed], random.Next(2) == 0 ? objects[seed] : InTypes(objects[seed], random), ref loaded, new() { Types = read });
        }
    }

    /// <summary>Changes only what stands in the sections of type information, behind the code.</summary>
    static byte[] InTypes(byte[] seed, Random random)
    {
        var bytes = seed.ToArray();
        int start = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x9f, 0xeb, 1, 0]) + 8;
        for (int n = random.Next(1, 6); n > 0; n--)
        {
            int at = start + random.Next(bytes.Length - start - 12 * 64), width = 1 << random.Next(3);
            ulong value = random.Next(2) == 0 ? Interesting[random.Next(Interesting.Length)] : (ulong)random.Next(64);
            BitConverter.GetBytes(value).AsSpan(0, width).CopyTo(bytes.AsSpan(at & -width));
        }
        return bytes;
    }

    /// <summary>Pieces moved, repeated, left out or taken from another object: offsets in the file then point at something else.</summary>
    static byte[] Spliced(ulong number, byte[] seed, byte[] other)
    {
        var random = new SplitMix64(number);
        return Mutation.Of(seed, other, 1 + random.Below(3), ref random);
    }

    static void Try(ulong number, string name, byte[] bytes, ref int loaded, LoadOptions options)
    {
        bool isLoaded = false;
        Fuzz.Try(name, number, MaxAllocatedBytes, () =>
        {
            var result = ObjectLoader.Load(bytes, "x.o", options);
            isLoaded = result.Problem is null;
            if (result.Problem is { } problem) Assert.That(problem.Sentence, Is.Not.Empty);
        });
        if (isLoaded) loaded++;
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
