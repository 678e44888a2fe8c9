namespace Chainring.Nic;

/// <summary>
/// How a thread that serves rings sleeps until there is something in them: it arms the interrupt, looks once more, and waits; whoever has
/// put something in raises it. Raising one that is not armed is one look at memory.
/// </summary>
sealed class Interrupt : IDisposable
{
    readonly AutoResetEvent _raised = new(false);
    int _armed;

    /// <summary>From here on a raise ends the next wait.</summary>
    public void Arm() => Interlocked.Exchange(ref _armed, 1);

    public void Disarm() => Volatile.Write(ref _armed, 0);

    /// <summary>Waits for a raise since it was armed, or that long.</summary>
    public void Wait(TimeSpan atMost)
    {
        _raised.WaitOne(atMost);
        Disarm();
    }

    /// <summary>After a full fence: what was put into rings before is seen by the look after <see cref="Arm"/>, or the arming is seen here.</summary>
    public void Raise()
    {
        if (Volatile.Read(ref _armed) != 0 && Interlocked.Exchange(ref _armed, 0) != 0) _raised.Set();
    }

    public void Dispose() => _raised.Dispose();
}
