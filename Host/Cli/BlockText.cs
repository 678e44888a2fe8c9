using Chainring.Host.Report;

namespace Chainring.Host.Cli;

/// <summary>Text for people on a terminal or in a pipe.</summary>
static class BlockText
{
    public const int LeastWidth = 100;

    /// <summary>Each piece on lines of its own, an empty one between them.</summary>
    public static void Write(TextWriter output, int width, IEnumerable<Block> blocks)
    {
        width = Math.Max(width, LeastWidth);
        bool first = true;
        foreach (var block in blocks)
        {
            if (!first && !block.Joins) output.WriteLine();
            first = false;
            switch (block)
            {
                case Heading h: output.WriteLine(Terminal.Bold(h.Text)); break;
                case Paragraph { Lead: "" } p: Wrapping.Write(output, "", p.Text, width); break;
                case Paragraph p: Wrapping.Write(output, "", Terminal.Bold(p.Lead) + p.Text, width); break;
                case Note n: Wrapping.Write(output, n.Label, n.Text, width); break;
                case Code c: output.WriteLine(c.Text); break;
                case Table t: Of(t).Write(output, width); break;
            }
        }
    }

    static TextTable Of(Table table)
    {
        var text = new TextTable([.. table.Headings]);
        foreach (var row in table.Rows) text.Add([.. row]);
        return text;
    }
}
