using System.Text;

namespace Chainring.Host.Report;

/// <summary>A report in Markdown; plots are pictures beside it.</summary>
public static class MarkdownText
{
    /// <summary>Where pictures lie, seen from the report.</summary>
    public const string PlotFolder = "plots";

    public static string Of(IEnumerable<Block> blocks)
    {
        var text = new StringBuilder();
        foreach (var block in blocks)
        {
            if (text.Length > 0) text.Append('\n');
            text.Append(Of(block)).Append('\n');
        }
        return text.ToString();
    }

    static string Of(Block block) => block switch
    {
        Heading h => $"{new string('#', h.Level)} {Escaped(h.Text)}",
        Paragraph { Lead: "" } p => Escaped(p.Text),
        Paragraph p => $"**{Escaped(p.Lead)}**{Escaped(p.Text)}",
        Note { Label: var label } n when label.Trim().Length > 0 => $"* *{Escaped(label.Trim())}* {Escaped(n.Text)}",
        Note n => Escaped(n.Text),
        Code c => $"```\n{c.Text}\n```",
        Plot p when Plotter.Missing is null => $"![{Escaped(p.Title)}]({PlotFolder}/{p.Name}.svg)",
        Plot p => $"*{Escaped(p.Title)}: no plot, {Plotter.Missing}*",
        Table t => Of(t),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    static string Of(Table table)
    {
        var text = new StringBuilder();
        text.Append(Line(table.Headings.Select(h => h.TrimStart('>'))));
        text.Append('\n').Append(string.Concat(table.Headings.Select(h => h.StartsWith('>') ? "|---:" : "|---"))).Append('|');
        foreach (var row in table.Rows) text.Append('\n').Append(Line(row));
        return text.ToString();

        static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(c => Escaped(c.Trim())))} |";
    }

    static string Escaped(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
