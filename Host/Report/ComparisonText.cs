using System.Globalization;
using Chainring.Host.Driver.Bench.Sweep;

namespace Chainring.Host.Report;

/// <summary>What <c>chainring bench compare</c> says.</summary>
public static class ComparisonText
{
    public static IReadOnlyList<Block> Of(SweepComparison comparison, string before, string after)
    {
        var changed = comparison.Figures.Where(f => f.Changed).ToList();
        var table = new Table("nanoseconds a packet", ">before", ">after", ">change");
        foreach (var f in changed.OrderByDescending(f => Math.Abs(f.Percent))) table.Add(f.What, FigureText.Of(f.Before), FigureText.Of(f.After), f.Percent.ToString("+0.0;-0.0", CultureInfo.InvariantCulture) + " %");
        var blocks = new List<Block>
        {
            new Paragraph($"{changed.Count} of {comparison.Figures.Count} figures", $" changed by more than the noise from {before} to {after}: their 95 % intervals have nothing in common. {changed.Count(f => f.Percent < 0)} became faster, {changed.Count(f => f.Percent > 0)} slower."),
        };
        if (changed.Count > 0) blocks.Add(table);
        var (onlyBefore, onlyAfter) = (comparison.OnlyBefore, comparison.OnlyAfter);
        if (onlyBefore + onlyAfter > 0) blocks.Add(new Note("only in one: ", $"{onlyBefore} in {before}, {onlyAfter} in {after}"));
        foreach (var (what, one, other) in comparison.Differences) blocks.Add(new Note("differs: ", $"{what}: {one}; then {other}") { Joins = blocks[^1] is Note });
        return blocks;
    }
}
