namespace Chainring.Kernels.Maps;

/// <summary>A lock in a word: 1 while it is held. Who waits spins, without the operating system.</summary>
static class LockWord
{
    /// <summary>The argument of <see cref="SpinWait.SpinOnce(int)"/> that never sleeps.</summary>
    const int NoSleep = -1;

    public static void Enter(ref int held)
    {
        if (!TryEnter(ref held)) Wait(ref held);
    }

    public static void Exit(ref int held) => Volatile.Write(ref held, 0);

    static bool TryEnter(ref int held) => Interlocked.CompareExchange(ref held, 1, 0) == 0;

    static void Wait(ref int held)
    {
        var spin = default(SpinWait);
        do spin.SpinOnce(NoSleep);
        while (Volatile.Read(ref held) != 0 || !TryEnter(ref held));
    }
}
