namespace Chainring.Nic.Wire;

/// <summary>How wires wait that know when their next frame is due.</summary>
static class Pause
{
    const long NsPerMs = 1_000_000;

    /// <summary>Waits in whole milliseconds; less than one is a pause of the processor, and what is due is not waited for.</summary>
    public static void For(long ns, TimeSpan atMost)
    {
        if (ns <= 0) return;
        int ms = (int)Math.Min(ns / NsPerMs, (long)atMost.TotalMilliseconds);
        if (ms > 0) Thread.Sleep(ms);
        else Thread.Yield();
    }
}
