using System.Runtime.InteropServices;

namespace Chainring.Kernels.Maps;

/// <summary>
/// What writers of one map wait for each other on, as for the kernel's bucket locks: held for a few dozen nanoseconds, by one word, without
/// the operating system. Who waits spins, and gives up its time slice now and then, since the holder may be off its processor.
/// </summary>
/// <remarks>Its word has a cache line to itself, so that writers do not take from readers the line of what they read.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 2 * CacheLineBytes)]
struct MapLock
{
    const int CacheLineBytes = 64;

    /// <summary>The argument of <see cref="SpinWait.SpinOnce(int)"/> that never sleeps.</summary>
    const int NoSleep = -1;

    [FieldOffset(CacheLineBytes)]
    int _held;

    public void Enter()
    {
        if (!TryEnter()) Wait();
    }

    public void Exit() => Volatile.Write(ref _held, 0);

    bool TryEnter() => Interlocked.CompareExchange(ref _held, 1, 0) == 0;

    void Wait()
    {
        var spin = default(SpinWait);
        do spin.SpinOnce(NoSleep);
        while (Volatile.Read(ref _held) != 0 || !TryEnter());
    }
}
