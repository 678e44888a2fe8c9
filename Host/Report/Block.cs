namespace Chainring.Host.Report;

/// <summary>A piece of a text that people read, however it is shown.</summary>
public abstract record Block
{
    /// <summary>It follows the piece before without a gap.</summary>
    public bool Joins { get; init; }
}

/// <param name="Level">1 is the title.</param>
public sealed record Heading(string Text, int Level) : Block;

/// <param name="Lead">How it begins, made to stand out.</param>
public sealed record Paragraph(string Lead, string Text) : Block
{
    public Paragraph(string text) : this("", text)
    {
    }
}

/// <summary>A sentence under a label, such as <c>warning: </c>.</summary>
public sealed record Note(string Label, string Text) : Block;

/// <summary>What is typed or was read as it stands.</summary>
public sealed record Code(string Text) : Block;

/// <param name="Headings">One per column; a heading that begins with <c>&gt;</c> makes its column right-aligned.</param>
public sealed record Table(params IReadOnlyList<string> Headings) : Block
{
    readonly List<IReadOnlyList<string>> _rows = [];

    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <param name="cells">One per column.</param>
    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);
}

/// <summary>A plot: lines over x, or bars of parts. Pure data.</summary>
/// <param name="Name">Of its file, without an ending.</param>
public sealed record Plot(string Name, string Title, string XLabel, string YLabel) : Block
{
    public bool LogX { get; init; }

    public bool LogY { get; init; }

    /// <summary>Where the x axis has a mark; none: where it suits.</summary>
    public IReadOnlyList<double> XTicks { get; init; } = [];

    /// <summary>What stands at these marks, where it is not their number.</summary>
    public IReadOnlyList<string> XTickLabels { get; init; } = [];

    public IReadOnlyList<PlotLine> Lines { get; init; } = [];

    /// <summary>A value of y that is shown as a line across.</summary>
    public double? Level { get; init; }

    /// <summary>Names of bars, from left to right; then each line is a part of every bar, and its y are the parts' heights.</summary>
    public IReadOnlyList<string> Bars { get; init; } = [];
}

/// <summary>A line of a plot, or a part of its bars.</summary>
public sealed record PlotLine(string Name, IReadOnlyList<PlotPoint> Points);

/// <param name="Low">Where the interval begins; equal to <paramref name="Y"/> where there is none.</param>
public readonly record struct PlotPoint(double X, double Y, double Low, double High)
{
    public PlotPoint(double x, double y) : this(x, y, y, y)
    {
    }
}
