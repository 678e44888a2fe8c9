using Chainring.Offload.Verify;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Verify;

/// <summary>Every tristate number of a few bits, against the sets of numbers that they stand for.</summary>
public sealed class TnumTests
{
    const int Width = 5;
    const ulong Numbers = 1 << Width;

    static readonly Tnum[] All =
        [.. from mask in Range(0, Numbers) from value in Range(0, Numbers) where (value & mask) == 0 select new Tnum(value, mask)];

    static IEnumerable<TestCaseData> Operations()
    {
        yield return Case("sum", (a, b) => a + b, (x, y) => x + y);
        yield return Case("difference", (a, b) => a - b, (x, y) => x - y);
        yield return Case("and", (a, b) => a & b, (x, y) => x & y);
        yield return Case("or", (a, b) => a | b, (x, y) => x | y);
        yield return Case("xor", (a, b) => a ^ b, (x, y) => x ^ y);

        static TestCaseData Case(string name, Func<Tnum, Tnum, Tnum> abstractly, Func<ulong, ulong, ulong> concretely) =>
            new TestCaseData(abstractly, concretely).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Operations))]
    public void An_operation_knows_the_bits_that_all_results_share_and_no_more(
        Func<Tnum, Tnum, Tnum> abstractly, Func<ulong, ulong, ulong> concretely)
    {
        foreach (var a in All)
        {
            foreach (var b in All)
            {
                var shared = Shared(from x in MembersOf(a) from y in MembersOf(b) select concretely(x, y));
                Same(abstractly(a, b), shared, a, b);
            }
        }
    }

    /// <summary>The best product is not known to be cheap; this one knows as much as Linux does of most.</summary>
    [Test]
    public void A_product_has_all_products_of_members_and_is_the_best_in_four_of_five()
    {
        int best = 0;
        foreach (var a in All)
        {
            foreach (var b in All)
            {
                var shared = Shared(from x in MembersOf(a) from y in MembersOf(b) select x * y);
                var product = a * b;
                if (!product.Contains(shared)) Assert.Fail($"{a} * {b} = {product} leaves out some of {shared}");
                if (product == shared) best++;
            }
        }
        Assert.That(best, Is.GreaterThan(All.Length * All.Length * 4 / 5));
    }

    [Test]
    public void A_shift_moves_what_is_known([Range(0, 63)] int amount)
    {
        foreach (var low in All)
        {
            foreach (var a in new[] { low, low.Shl(64 - Width) })
            {
                Same(a.Shl(amount), Shared(MembersOf(a).Select(x => x << amount)), a, amount);
                Same(a.Shr(amount), Shared(MembersOf(a).Select(x => x >> amount)), a, amount);
                Same(a.Sar(amount), Shared(MembersOf(a).Select(x => (ulong)((long)x >> amount))), a, amount);
            }
        }
    }

    [Test]
    public void Intersection_union_and_containment_are_those_of_the_sets()
    {
        foreach (var a in All)
        {
            var members = MembersOf(a).ToHashSet();
            foreach (var b in All)
            {
                var common = MembersOf(b).Where(members.Contains).ToList();
                Same(a.IsDisjoint(b), common.Count == 0, a, b);
                if (common.Count > 0) Same(MembersOf(a.Intersect(b)).SequenceEqual(common), true, a, b);
                Same(a.Union(b), Shared(members.Concat(MembersOf(b))), a, b);
                Same(a.Contains(b), MembersOf(b).All(members.Contains), a, b);
            }
        }
    }

    [Test]
    public void A_range_knows_the_bits_that_all_its_numbers_share()
    {
        foreach (ulong min in Range(0, Numbers))
        {
            foreach (ulong max in Range(min, Numbers)) Same(Tnum.Range(min, max), Shared(Range(min, max + 1)), min, max);
        }
        Assert.That(Tnum.Range(0, ulong.MaxValue), Is.EqualTo(Tnum.Unknown));
    }

    [Test]
    public void The_members_next_to_a_number()
    {
        foreach (var a in All)
        {
            foreach (ulong number in Range(0, Numbers))
            {
                var after = MembersOf(a).Where(x => x >= number).ToList();
                Same(a.TryNext(number, out ulong next), after.Count > 0, a, number);
                if (after.Count > 0) Same(next, after.Min(), a, number);
                var before = MembersOf(a).Where(x => x <= number).ToList();
                Same(a.TryPrevious(number, out ulong previous), before.Count > 0, a, number);
                if (before.Count > 0) Same(previous, before.Max(), a, number);
            }
        }
    }

    [Test]
    public void The_next_member_of_wide_ones() =>
        Gen.Select(AbstractGen.Tnum, Gen.ULong).Sample((a, number) =>
            a.TryNext(number, out ulong next)
                ? a.Contains(next) && next >= number && (next == number || !a.TryPrevious(next - 1, out ulong previous) || previous < number)
                : a.Max < number);

    [Test]
    public void Halves_and_sizes()
    {
        var a = new Tnum(0x1_0000_0004, 0x2_0000_0003);
        Assert.That(a.Low32, Is.EqualTo(new Tnum(4, 3)));
        Assert.That(a.WithLow32(Tnum.Const(9)), Is.EqualTo(new Tnum(0x1_0000_0009, 0x2_0000_0000)));
        Assert.That(new Tnum(0x1ff00, 0xff).Cast(2), Is.EqualTo(new Tnum(0xff00, 0xff)));
        Assert.That(a.Cast(8), Is.EqualTo(a));
        Assert.That(new Tnum(0x10, 0xff0f).Reverse(), Is.EqualTo(new Tnum(0x10UL << 56, 0x0fffUL << 48)));
    }

    [TestCase(0UL, 0xfcUL, 4, true)]
    [TestCase(0UL, 0xfcUL, 8, false)]
    [TestCase(2UL, 0xfcUL, 4, false)]
    [TestCase(0UL, ulong.MaxValue, 1, true)]
    public void Alignment_is_that_of_every_member(ulong value, ulong mask, int size, bool isAligned) =>
        Assert.That(new Tnum(value, mask).IsAligned(size), Is.EqualTo(isAligned));

    [TestCase(0UL, 0UL, "0b0")]
    [TestCase(4UL, 3UL, "0b1??")]
    public void Bits_as_text(ulong value, ulong mask, string text) => Assert.That(new Tnum(value, mask).ToString(), Is.EqualTo(text));

    /// <summary>Millions of these are made; NUnit's own are for fewer.</summary>
    static void Same<T>(T actual, T expected, object one, object other)
    {
        if (!EqualityComparer<T>.Default.Equals(actual, expected)) Assert.Fail($"{one}, {other}: {actual} is not {expected}");
    }

    static IEnumerable<ulong> Range(ulong from, ulong end)
    {
        for (ulong n = from; n < end; n++) yield return n;
    }

    /// <summary>Ascending.</summary>
    static IEnumerable<ulong> MembersOf(Tnum tnum)
    {
        ulong part = 0;
        do
        {
            yield return tnum.Value | part;
            part = part - tnum.Mask & tnum.Mask;
        }
        while (part != 0);
    }

    static Tnum Shared(IEnumerable<ulong> numbers)
    {
        ulong all = ulong.MaxValue, any = 0;
        foreach (ulong number in numbers) (all, any) = (all & number, any | number);
        return new Tnum(all, all ^ any);
    }
}
