using Chainring.Host.Driver.Measure;
using Chainring.Kernels.OpenCl;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>A run of which is kept what the device took, of its last samples.</summary>
/// <param name="rounds">How many samples there are; what was run before them is warm-up.</param>
sealed class TimedRun(ReadyRun run, ITimedOnDevice device, int rounds) : ReadyRun(run.Packets, run.LeastTimes)
{
    readonly (DeviceTimes Took, int Times)[] _last = new (DeviceTimes, int)[rounds];
    int _next;

    public ReadyRun Inner => run;

    public override XdpAction Verdict => run.Verdict;

    public override void Run(int times)
    {
        var before = device.Times;
        run.Run(times);
        _last[_next++ % rounds] = (device.Times - before, times);
    }

    /// <summary>The middle of a figure over the samples of these numbers, of one time.</summary>
    public double At(Func<DeviceTimes, double> figure, int[] which) => Statistics.Median([.. which.Select(n => _last[(_next + n) % rounds]).Select(s => figure(s.Took) / s.Times)]);

    public override void Dispose()
    {
        run.Dispose();
        base.Dispose();
    }
}
