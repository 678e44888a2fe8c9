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

    /// <summary>Where its word is.</summary>
    public const int WordAt = CacheLineBytes / sizeof(int);

    [FieldOffset(CacheLineBytes)]
    int _held;

    public void Enter() => LockWord.Enter(ref _held);

    public void Exit() => LockWord.Exit(ref _held);
}
