namespace Chainring.Host.Cli;

/// <summary>What standard output is to the people who read it: how wide, and whether it can show bold.</summary>
static class Terminal
{
    /// <summary>For text in a pipe or a file, where nobody can say.</summary>
    const int UsualWidth = 80;

    const int LeastWidth = 40;

    public static int Width => Console.IsOutputRedirected ? UsualWidth : Math.Max(LeastWidth, Console.WindowWidth);

    public static string Bold(string text) => HasStyles ? $"\e[1m{text}\e[0m" : text;

    static bool HasStyles =>
        !Console.IsOutputRedirected
        && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb")
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
}
