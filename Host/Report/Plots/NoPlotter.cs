using System.Diagnostics;

namespace Chainring.Host.Report;

/// <summary>In place of what draws plots, where it was left out.</summary>
public static class Plotter
{
    /// <summary>Why there are no plots, half a sentence; null if there are.</summary>
    public static string? Missing => "this build has none";

    public static string Draw(Plot plot, bool inPage) => throw new UnreachableException(plot.Name);
}
