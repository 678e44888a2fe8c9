using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Chainring.Host.Driver.Peers;

/// <summary>How long the calling thread has been on a CPU (clock_gettime(2), CLOCK_THREAD_CPUTIME_ID): time in which others ran instead does not count.</summary>
public static partial class ThreadClock
{
    const int ThreadCpuTime = 3;

    /// <summary>Nanoseconds since some moment. Where the system does not tell, those of the wall clock.</summary>
    public static long Ns()
    {
        if (!OperatingSystem.IsLinux()) return WallNs();
        return Read(ThreadCpuTime, out var time) == 0 ? time.Seconds * 1_000_000_000 + time.Nanoseconds : WallNs();
    }

    /// <summary>Nanoseconds since some moment, by the clock that stands still for nobody.</summary>
    public static long WallNs() => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    struct Time
    {
        public long Seconds, Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out Time time);
}
