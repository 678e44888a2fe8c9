using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Chainring.Host.Report;

/// <summary>Plots as SVG, by ScottPlot. The same on every machine: the font that texts are measured with comes along.</summary>
public static partial class Plotter
{
    const int Width = 840, Height = 420;
    const float TextSize = 13;

    /// <summary>The colour of text and axes while a plot is drawn; what it is shown in, its place says.</summary>
    const string Ink = "#010203";

    const string Font = "Chainring";

    /// <summary>What measures as the font that comes along, and is found where people read.</summary>
    const string FontsInPage = "DejaVu Sans, Verdana, sans-serif";

    /// <summary>Told apart by people who see few colours, on light and on dark (M. Okabe and K. Ito, 2008).</summary>
    static readonly string[] Palette = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8C6D31", "#7F7F7F"];

    /// <summary>Who is in several plots has one colour in all of them.</summary>
    static readonly Dictionary<string, string> Known = new() { ["il"] = Palette[0], ["simd"] = Palette[1], ["opencl"] = Palette[2], ["Linux"] = Palette[3], ["interpreter"] = Palette[7] };

    static readonly Lock Drawing = new();

    /// <summary>Why there are no plots, half a sentence; null if there are.</summary>
    public static string? Missing { get; } = Prepare();

    /// <param name="inPage">Without a ground and in the page's own colour of text; otherwise dark on white.</param>
    public static string Draw(Plot plot, bool inPage)
    {
        lock (Drawing)
        {
            var drawn = new ScottPlot.Plot();
            var ink = Color.FromHex(Ink);
            drawn.FigureBackground.Color = Colors.Transparent;
            drawn.DataBackground.Color = Colors.Transparent;
            drawn.Axes.Color(ink);
            drawn.Grid.MajorLineColor = ink.WithAlpha(0.13);
            if (plot.Bars.Count > 0) AddBars(drawn, plot);
            else AddLines(drawn, plot);
            if (plot.Level is { } level) drawn.Add.HorizontalLine(Y(plot, level), 1.5f, ink.WithAlpha(0.6), LinePattern.Dashed);
            drawn.XLabel(plot.XLabel, TextSize);
            drawn.YLabel(plot.YLabel, TextSize);
            drawn.Axes.Bottom.Label.Bold = drawn.Axes.Left.Label.Bold = false;
            drawn.Axes.Bottom.TickLabelStyle.FontSize = drawn.Axes.Left.TickLabelStyle.FontSize = TextSize;
            drawn.Axes.Top.IsVisible = drawn.Axes.Right.IsVisible = false;
            var legend = drawn.ShowLegend(Edge.Right).Legend;
            (legend.BackgroundColor, legend.OutlineColor, legend.ShadowColor, legend.FontColor, legend.FontSize) = (Colors.Transparent, Colors.Transparent, Colors.Transparent, ink, TextSize);
            drawn.Font.Set(Font);
            return Finished(drawn.GetSvgXml(Width, Height), plot, inPage);
        }
    }

    static void AddLines(ScottPlot.Plot drawn, Plot plot)
    {
        for (int n = 0; n < plot.Lines.Count; n++)
        {
            var line = plot.Lines[n];
            var color = Color.FromHex(ColorOf(line.Name, n));
            double[] xs = [.. line.Points.Select(p => X(plot, p.X))], ys = [.. line.Points.Select(p => Y(plot, p.Y))];
            var scatter = drawn.Add.Scatter(xs, ys);
            (scatter.LegendText, scatter.Color, scatter.LineWidth, scatter.MarkerSize) = (line.Name, color, 2, 7);
            var bars = drawn.Add.ErrorBar(xs, ys, [.. ys.Select(_ => 0d)]);
            (bars.YErrorPositive, bars.YErrorNegative) = ([.. line.Points.Zip(ys, (p, y) => Y(plot, p.High) - y)], [.. line.Points.Zip(ys, (p, y) => y - Y(plot, Math.Max(p.Low, plot.LogY ? p.Y / 10 : p.Low)))]);
            (bars.Color, bars.LegendText) = (color, "");
        }
        drawn.Axes.Margins(0.05, 0.1);
        drawn.Axes.AutoScale();
        var limits = drawn.Axes.GetLimits();
        if (!plot.LogY) drawn.Axes.SetLimitsY(Math.Min(0, limits.Bottom), limits.Top);
        if (plot.XTicks.Count > 0) drawn.Axes.Bottom.TickGenerator = new NumericManual([.. plot.XTicks.Select(x => X(plot, x))], plot.XTickLabels.Count > 0 ? [.. plot.XTickLabels] : [.. plot.XTicks.Select(Short)]);
        if (plot.LogY) drawn.Axes.Left.TickGenerator = Powers(limits.Bottom, limits.Top);
    }

    static void AddBars(ScottPlot.Plot drawn, Plot plot)
    {
        double[] tops = new double[plot.Bars.Count];
        for (int n = 0; n < plot.Lines.Count; n++)
        {
            var part = plot.Lines[n];
            var color = Color.FromHex(ColorOf("", n));
            foreach (var point in part.Points)
            {
                int bar = (int)point.X;
                double height = Math.Max(0, point.Y);
                drawn.Add.Bar(new Bar { Position = bar, ValueBase = tops[bar], Value = tops[bar] + height, FillColor = color, LineColor = color, Size = 0.55 });
                tops[bar] += height;
            }
            drawn.Legend.ManualItems.Add(new LegendItem { LabelText = part.Name, FillColor = color, LineWidth = 0 });
        }
        drawn.Axes.Bottom.TickGenerator = new NumericManual([.. Enumerable.Range(0, plot.Bars.Count).Select(n => (double)n)], [.. plot.Bars]);
        drawn.Axes.Margins(0.1, 0.1);
        drawn.Axes.AutoScale();
        drawn.Axes.SetLimitsY(0, tops.Append(1e-9).Max() * 1.08);
    }

    static double X(Plot plot, double value) => plot.LogX ? Math.Log2(value) : value;

    static double Y(Plot plot, double value) => plot.LogY ? Math.Log10(Math.Max(value, 1e-6)) : value;

    /// <summary>Marks at 1, 2 and 5 times powers of ten; of many powers, at these alone.</summary>
    static NumericManual Powers(double bottom, double top)
    {
        int[] steps = top - bottom > 2.5 ? [1] : [1, 2, 5];
        double[] marks = [.. from power in Enumerable.Range((int)Math.Floor(bottom), (int)Math.Ceiling(top) - (int)Math.Floor(bottom) + 1) from step in steps let at = power + Math.Log10(step) where at >= bottom && at <= top select at];
        return new(marks, [.. marks.Select(at => Short(Math.Pow(10, at)))]);
    }

    /// <summary>A number of a scale, to three digits.</summary>
    static string Short(double value) => value switch
    {
        >= 1_048_576 when value % 1_048_576 == 0 => $"{value / 1_048_576:0} Mi",
        _ => value.ToString("#,0.###", CultureInfo.InvariantCulture),
    };

    /// <summary>Whoever is named first in the name of a line, else by its place.</summary>
    static string ColorOf(string name, int place) => Known.TryGetValue(name, out string? known) ? known : Palette[place % Palette.Length];

    static string Finished(string svg, Plot plot, bool inPage)
    {
        svg = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..];
        // Letters one after the other as the reader's font has them, from where the first one stands.
        svg = LettersX().Replace(svg, "x=\"$1\" ");
        svg = LettersY().Replace(svg, "y=\"$1\">");
        svg = Family().Replace(svg, $"font-family=\"{FontsInPage}\"");
        svg = svg.Replace(Ink, inPage ? "currentColor" : "#1c2128", StringComparison.Ordinal);
        // The library counts its names on from plot to plot; a plot is to be the same whenever it is drawn.
        var names = new Dictionary<string, string>();
        svg = ClipName().Replace(svg, m => names.TryGetValue(m.Value, out string? name) ? name : names[m.Value] = $"{plot.Name}_{names.Count}");
        string label = $"role=\"img\" aria-label=\"{WebUtility.HtmlEncode(plot.Title)}\" viewBox=\"0 0 {Width} {Height}\"";
        svg = $"<svg {label}{svg["<svg".Length..]}";
        return inPage ? svg : svg.Insert(svg.IndexOf('>', StringComparison.Ordinal) + 1, "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
    }

    /// <summary>What drawing needs; a machine for which the library has no code has no plots.</summary>
    static string? Prepare()
    {
        try
        {
            Fonts.FontResolvers.Insert(0, new OwnFont(SKTypeface.FromStream(typeof(Plotter).Assembly.GetManifestResourceStream("plot-font.ttf")!)));
            Fonts.Default = Font;
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or BadImageFormatException)
        {
            return "the library that draws them does not run here";
        }
    }

    [GeneratedRegex("""x="([^",]*), [^"]*" (?=y=)""")]
    private static partial Regex LettersX();

    [GeneratedRegex("""y="([^",]*), [^"]*">""")]
    private static partial Regex LettersY();

    [GeneratedRegex("cl_[0-9a-f]+")]
    private static partial Regex ClipName();

    [GeneratedRegex("""font-family="[^"]*"|font-family='[^']*'""")]
    private static partial Regex Family();

    sealed class OwnFont(SKTypeface typeface) : IFontResolver
    {
        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => typeface;

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => typeface;
    }
}
