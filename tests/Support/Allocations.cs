namespace Chainring.Tests.Support;

/// <summary>What a piece of the packet path allocates once it has settled.</summary>
public static class Allocations
{
    const int Attempts = 5;

    /// <summary>
    /// The fewest bytes that this thread allocates in one of a few calls, after one that does not count: the runtime may allocate
    /// a little when it compiles a method anew, what the code itself allocates it allocates every time.
    /// </summary>
    public static long Of(Action action)
    {
        action();
        long least = long.MaxValue;
        for (int attempt = 0; attempt < Attempts && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
