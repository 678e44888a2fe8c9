using Chainring.Host.Driver.Measure;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Measure;

/// <summary>Figures and their spread, on samples of which the answer is known.</summary>
public sealed class StatisticsTests
{
    [TestCase(new[] { 7.0 }, 7.0)]
    [TestCase(new[] { 3.0, 1.0, 2.0 }, 2.0)]
    [TestCase(new[] { 4.0, 1.0, 3.0, 2.0 }, 2.5)]
    public void The_median_is_the_middle_whatever_the_order(double[] values, double median)
    {
        Assert.That(Statistics.Median(values), Is.EqualTo(median));
        Assert.That(Statistics.Median(values, [.. Enumerable.Range(0, values.Length).Reverse()]), Is.EqualTo(median));
    }

    [Test]
    public void The_median_of_some_counts_each_as_often_as_it_is_named() =>
        Assert.That(Statistics.Median([10.0, 20.0, 30.0], [0, 2, 2]), Is.EqualTo(30));

    [TestCase(0.0, 10.0)]
    [TestCase(0.25, 20.0)]
    [TestCase(0.1, 14.0)]
    [TestCase(1.0, 50.0)]
    public void A_quantile_lies_straight_between_neighbours(double share, double value) =>
        Assert.That(Statistics.Quantile([10.0, 20.0, 30.0, 40.0, 50.0], share), Is.EqualTo(value).Within(1e-12));

    [Test]
    public void The_slope_is_that_of_the_least_squares()
    {
        Assert.That(Statistics.Slope([1.0, 2.0, 4.0, 8.0], [5.0, 8.0, 14.0, 26.0]), Is.EqualTo(3).Within(1e-12), "on a line");
        // Means 2 and 3; products 2*1 + 0 + 1*2 = 4 with deviations -1, 0, 1 and -2, 1, 1: 3; squares 2.
        Assert.That(Statistics.Slope([1.0, 2.0, 3.0], [1.0, 4.0, 4.0]), Is.EqualTo(1.5).Within(1e-12), "beside it");
    }

    /// <summary>
    /// The bootstrap's distribution of the median of n (odd) different values is known: at most the k-th smallest with the probability that at least (n + 1) / 2 of n
    /// draws, each with probability k / n, are among the k smallest. Its quantiles are what it should give.
    /// </summary>
    [TestCase(5)]
    [TestCase(7)]
    [TestCase(11)]
    public void The_interval_of_a_median_is_that_of_its_exact_distribution(int n)
    {
        double[] values = [.. Enumerable.Range(1, n).Select(v => (double)v * v)];
        var estimate = Bootstrap.Of(n, which => Statistics.Median(values, which));
        int low = Enumerable.Range(1, n).First(k => AtMost(n, k) >= 0.025), high = Enumerable.Range(1, n).First(k => AtMost(n, k) >= 0.975);
        Assert.That(estimate, Is.EqualTo(new Estimate(values[n / 2], values[low - 1], values[high - 1])));
    }

    [Test]
    public void Equal_samples_have_no_spread()
    {
        double[] values = [4, 4, 4];
        Assert.That(Bootstrap.Of(3, which => Statistics.Median(values, which)), Is.EqualTo(new Estimate(4, 4, 4)));
    }

    [Test]
    public void Rounds_are_drawn_whole_so_what_disturbs_both_sides_cancels()
    {
        double[] one = [10, 200, 11, 90, 12], other = [.. one.Select(v => v + 5)];
        Assert.That(Bootstrap.Of(5, which => Statistics.Median(other, which) - Statistics.Median(one, which)), Is.EqualTo(new Estimate(5, 5, 5)));
        Assert.That(Bootstrap.Of(5, which => Statistics.Median(one, which)) is { Low: 10, High: 200 }, "each side for itself spreads");
    }

    [Test]
    public void The_same_samples_give_the_same_interval()
    {
        double[] values = [.. Enumerable.Range(0, 21).Select(v => Math.Sin(v))];
        var (first, second) = (Bootstrap.Of(21, Median), Bootstrap.Of(21, Median));
        Assert.That(first, Is.EqualTo(second));

        double Median(int[] which) => Statistics.Median(values, which);
    }

    [Test]
    public void A_rate_turns_the_interval_round() =>
        Assert.That(new Estimate(10, 8, 20).As(ns => 1000 / ns), Is.EqualTo(new Estimate(100, 50, 125)));

    static double AtMost(int n, int k) =>
        Enumerable.Range((n + 1) / 2, n / 2 + 1).Sum(j => Choose(n, j) * Math.Pow((double)k / n, j) * Math.Pow(1 - (double)k / n, n - j));

    static double Choose(int n, int k) => Enumerable.Range(1, k).Aggregate(1.0, (product, j) => product * (n - k + j) / j);
}
