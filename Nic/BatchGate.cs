namespace Chainring.Nic;

/// <summary>
/// Which CPUs are in the middle of a batch, so that the control side can tell when nothing that it has taken away is in use any more.
/// The batch's side is one atomic addition and one store; it never waits.
/// </summary>
/// <remarks>A count per CPU, odd within a batch: as RCU's read side. What is published before <see cref="Marks"/> is seen by every batch
/// that those marks do not show as begun.</remarks>
sealed class BatchGate(int cpus)
{
    /// <summary>Counts of different CPUs do not share a cache line or its neighbour.</summary>
    const int Apart = 128 / sizeof(long);

    readonly long[] _counts = new long[(cpus + 1) * Apart];

    public void Enter(int cpu) => Interlocked.Increment(ref CountOf(cpu));

    public void Leave(int cpu) => Volatile.Write(ref CountOf(cpu), CountOf(cpu) + 1);

    /// <summary>Where each CPU is now.</summary>
    public long[] Marks()
    {
        Interlocked.MemoryBarrier();
        return [.. Enumerable.Range(0, cpus).Select(cpu => Volatile.Read(ref CountOf(cpu)))];
    }

    /// <summary>Whether the batch that a mark shows, if it shows one, is over.</summary>
    public bool HasPassed(int cpu, long mark) => mark % 2 == 0 || Volatile.Read(ref CountOf(cpu)) != mark;

    ref long CountOf(int cpu) => ref _counts[(cpu + 1) * Apart];
}
