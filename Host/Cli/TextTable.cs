namespace Chainring.Host.Cli;

/// <summary>
/// Columns for people: each as wide as its longest cell, the last one wrapped to the width that there is. No borders and no spaces at line
/// ends, so that it also reads well in a pipe.
/// </summary>
/// <param name="headings">One per column; a heading that begins with <c>&gt;</c> makes its column right-aligned.</param>
sealed class TextTable(params string[] headings)
{
    const string Gap = "  ";

    readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter output, int width)
    {
        bool[] right = [.. headings.Select(h => h.StartsWith('>'))];
        string[] top = [.. headings.Select(h => h.TrimStart('>'))];
        int[] widths = [.. top.Select((h, n) => _rows.Select(r => r[n].Length).Append(h.Length).Max())];

        output.WriteLine(Terminal.Bold(Line(top).TrimEnd()));
        foreach (var row in _rows)
        {
            int left = widths[..^1].Sum(w => w + Gap.Length);
            string[] last = [.. Wrapping.Lines(row[^1], Math.Max(20, width - left))];
            output.WriteLine(Line([.. row[..^1], last[0]]).TrimEnd());
            foreach (string more in last[1..]) output.WriteLine(new string(' ', left) + more);
        }

        string Line(string[] cells) =>
            string.Join(Gap, cells.Select((c, n) => n == cells.Length - 1 && !right[n] ? c : right[n] ? c.PadLeft(widths[n]) : c.PadRight(widths[n])));
    }
}

/// <summary>Breaks text into lines.</summary>
static class Wrapping
{
    /// <summary>Lines of at most <paramref name="width"/> characters, broken at spaces; a longer word stays whole. Never none.</summary>
    public static IEnumerable<string> Lines(string text, int width)
    {
        while (text.Length > width)
        {
            int at = text.LastIndexOf(' ', width);
            if (at <= 0) at = text.IndexOf(' ', StringComparison.Ordinal);
            if (at <= 0) break;
            yield return text[..at];
            text = text[(at + 1)..];
        }
        yield return text;
    }

    /// <summary>Writes text under an indentation that its further lines keep.</summary>
    public static void Write(TextWriter output, string heading, string text, int width)
    {
        foreach (string line in Lines(text, Math.Max(20, width - heading.Length)))
        {
            output.WriteLine((heading + line).TrimEnd());
            heading = new string(' ', heading.Length);
        }
    }
}
