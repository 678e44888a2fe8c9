using System.Net;
using System.Text;

namespace Chainring.Host.Report;

/// <summary>A report as one page that needs nothing else: no script, no font, no network. Light or dark as the reader has it.</summary>
public static class HtmlText
{
    public static string Of(string title, IReadOnlyList<Block> blocks)
    {
        var text = new StringBuilder();
        text.Append($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Escaped(title)}</title>
            <link rel="icon" href="data:,">
            <style>
            {Style}
            </style>
            </head>
            <body>
            <main>

            """);
        int sections = 0;
        bool inList = false;
        foreach (var block in blocks)
        {
            bool isNote = block is Note { Label: var label } && label.Trim().Length > 0;
            if (isNote != inList) text.Append(isNote ? "<ul>\n" : "</ul>\n");
            inList = isNote;
            if (block is Heading { Level: 2 })
            {
                if (sections == 0) text.Append(Contents(blocks));
                else text.Append("</section>\n");
                text.Append($"<section id=\"s{++sections}\">\n");
            }
            text.Append(Of(block)).Append('\n');
        }
        if (inList) text.Append("</ul>\n");
        if (sections > 0) text.Append("</section>\n");
        return text.Append("</main>\n</body>\n</html>\n").ToString();
    }

    static string Contents(IEnumerable<Block> blocks) =>
        $"<nav>{string.Concat(blocks.OfType<Heading>().Where(h => h.Level == 2).Select((h, n) => $"<a href=\"#s{n + 1}\">{Escaped(h.Text)}</a>"))}</nav>\n";

    static string Of(Block block) => block switch
    {
        Heading h => $"<h{h.Level}>{Escaped(h.Text)}</h{h.Level}>",
        Paragraph { Lead: "" } p => $"<p>{Escaped(p.Text)}</p>",
        Paragraph p => $"<p><strong>{Escaped(p.Lead)}</strong>{Escaped(p.Text)}</p>",
        Note { Label: var label } n when label.Trim().Length > 0 => $"<li class=\"{(label.StartsWith("warning", StringComparison.Ordinal) ? "warning" : "note")}\"><em>{Escaped(label.Trim().TrimEnd(':'))}</em> {Escaped(n.Text)}</li>",
        Note n => $"<p class=\"small\">{Escaped(n.Text)}</p>",
        Code c => $"<pre>{Escaped(c.Text)}</pre>",
        Plot p => Of(p),
        Table t => Of(t),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    static string Of(Plot plot) => Plotter.Missing is { } missing
        ? $"<p class=\"small\">{Escaped(plot.Title)}: no plot, {Escaped(missing)}</p>"
        : $"<figure>{Plotter.Draw(plot, inPage: true)}<figcaption>{Escaped(plot.Title)}</figcaption></figure>";

    static string Of(Table table)
    {
        var text = new StringBuilder("<div class=\"table\"><table><thead><tr>");
        foreach (string heading in table.Headings) text.Append($"<th{(heading.StartsWith('>') ? " class=\"n\"" : "")}>{Escaped(heading.TrimStart('>').Trim())}</th>");
        text.Append("</tr></thead><tbody>\n");
        foreach (var row in table.Rows)
        {
            text.Append(row[0].Trim().Length > 0 ? "<tr class=\"first\">" : "<tr>");
            for (int n = 0; n < row.Count; n++) text.Append($"<td{(table.Headings[n].StartsWith('>') ? " class=\"n\"" : "")}>{Cell(row[n].Trim())}</td>");
            text.Append("</tr>\n");
        }
        return text.Append("</tbody></table></div>").ToString();
    }

    /// <summary>The spread of a figure stands back behind it.</summary>
    static string Cell(string text) => text.IndexOf(" ±", StringComparison.Ordinal) is > 0 and var at ? $"{Escaped(text[..at])} <span class=\"spread\">{Escaped(text[(at + 1)..])}</span>" : Escaped(text);

    static string Escaped(string text) => WebUtility.HtmlEncode(text);

    const string Style = """
        :root { color-scheme: light dark; --ink: #1c2128; --soft: #59636e; --paper: #ffffff; --line: #d9dee4; --band: #f5f7f9; --accent: #0969da; --warn: #9a6700; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --paper: #0d1117; --line: #30363d; --band: #151b23; --accent: #4493f8; --warn: #d29922; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
        main { max-width: 68rem; margin: 0 auto; padding: 3rem 1.5rem 6rem; }
        h1 { font-size: 2.3rem; line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 1rem; }
        h2 { font-size: 1.45rem; letter-spacing: -0.01em; margin: 0 0 0.8rem; padding-top: 0.4rem; }
        h3 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
        p { margin: 0.7rem 0; max-width: 52rem; }
        section { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1.8rem; }
        nav { display: flex; flex-wrap: wrap; gap: 0.4rem 1.2rem; margin: 1.5rem 0 0; font-size: 0.95rem; }
        a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
        .small { color: var(--soft); font-size: 0.9rem; }
        pre { background: var(--band); border: 1px solid var(--line); border-radius: 8px; padding: 0.8rem 1rem; overflow-x: auto; font-size: 0.88rem; white-space: pre-wrap; }
        ul { padding-left: 1.2rem; margin: 0.8rem 0; } li { margin: 0.25rem 0; font-size: 0.93rem; max-width: 52rem; } li em { font-style: normal; font-weight: 600; color: var(--soft); } li.warning em { color: var(--warn); }
        .table { overflow-x: auto; margin: 1rem 0 1.4rem; }
        table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-weight: 600; color: var(--soft); border-bottom: 2px solid var(--line); padding: 0.35rem 0.9rem 0.35rem 0; white-space: nowrap; vertical-align: bottom; }
        td { padding: 0.28rem 0.9rem 0.28rem 0; vertical-align: top; } tr.first td { border-top: 1px solid var(--line); } tbody tr:hover { background: var(--band); }
        .n { text-align: right; white-space: nowrap; } .spread { color: var(--soft); font-size: 0.85em; }
        figure { margin: 1.5rem 0; } figure svg { display: block; width: 100%; max-width: 56rem; height: auto; color: var(--ink); } figcaption { color: var(--soft); font-size: 0.9rem; margin-top: 0.3rem; }
        @media print { main { max-width: none; padding: 0; } section { break-inside: auto; } figure, tr { break-inside: avoid; } }
        """;
}
