namespace Chainring.Host.Cli;

/// <summary>A line on standard error that says what is being done; nothing at all when that is no terminal.</summary>
sealed class Activity : IDisposable
{
    bool _shown;

    public void Say(string what, double done) => Say($"{what}, {100 * done:F0}%");

    public void Say(string line)
    {
        if (Console.IsErrorRedirected) return;
        _shown = true;
        Console.Error.Write($"\r{line}\e[K");
    }

    public void Dispose()
    {
        if (_shown) Console.Error.Write("\r\e[K");
        _shown = false;
    }
}
