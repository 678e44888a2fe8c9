using System.Diagnostics;

namespace Chainring.Host.Cli;

/// <summary>A line on standard error that counts frames while a run takes long; nothing at all when that is no terminal.</summary>
sealed class Progress : IProgress<long>, IDisposable
{
    static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    readonly Stopwatch _watch = Stopwatch.StartNew();
    TimeSpan _next = Delay;
    bool _shown;

    public void Report(long value)
    {
        if (Console.IsErrorRedirected || _watch.Elapsed < _next) return;
        _next = _watch.Elapsed + Interval;
        _shown = true;
        Console.Error.Write($"\r{value:N0} frames, {value / _watch.Elapsed.TotalSeconds:N0} per second\e[K");
    }

    public void Dispose()
    {
        if (_shown) Console.Error.Write("\r\e[K");
        _shown = false;
    }
}
