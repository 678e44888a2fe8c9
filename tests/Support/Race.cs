using System.Collections.Concurrent;
using NUnit.Framework;

namespace Chainring.Tests.Support;

/// <summary>Threads that meet on the same thing. What one of them throws fails the test, and so does one that never ends.</summary>
public static class Race
{
    /// <summary>So long that only a thread caught in a loop is not done by then.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Each writer runs once, each reader again and again until all writers have ended.</summary>
    public static void Run(IReadOnlyList<Action> writers, params IReadOnlyList<Action> readers)
    {
        var failures = new ConcurrentQueue<Exception>();
        int writing = writers.Count;
        using var start = new Barrier(writers.Count + readers.Count);
        List<Thread> threads =
        [
            .. writers.Select(writer => Begin(start, failures, () =>
            {
                try
                {
                    writer();
                }
                finally
                {
                    Interlocked.Decrement(ref writing);
                }
            })),
            .. readers.Select(reader => Begin(start, failures, () =>
            {
                do reader();
                while (Volatile.Read(ref writing) > 0);
            })),
        ];
        var limit = DateTime.UtcNow + Patience;
        bool ended = threads.TrueForAll(thread => thread.Join(limit - DateTime.UtcNow is { Ticks: > 0 } left ? left : TimeSpan.Zero));
        Assert.That(failures, Is.Empty);
        Assert.That(ended, "every thread ends");
    }

    static Thread Begin(Barrier start, ConcurrentQueue<Exception> failures, Action action)
    {
        var thread = new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                action();
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
            }
        })
        { IsBackground = true };
        thread.Start();
        return thread;
    }
}
