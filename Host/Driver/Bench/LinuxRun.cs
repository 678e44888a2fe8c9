using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>A program in the kernel, over one frame again and again (BPF_PROG_TEST_RUN), as it was left by the run before.</summary>
/// <param name="owned">What goes with it.</param>
sealed class LinuxRun(int fd, byte[] frame, Stack<IDisposable> owned) : ReadyRun(packets: 1, leastTimes: LeastRuns)
{
    /// <summary>Runs of one system call at least, so that the call itself does not count.</summary>
    public const int LeastRuns = 1_000_000;

    uint _code;

    public override void Run(int times)
    {
        if (Bpf.TestRun(fd, frame, times, out _code) is var errno and not Errno.None) throw new BpfException("BPF_PROG_TEST_RUN fails", errno);
    }

    public override XdpAction Verdict => (XdpAction)_code;

    public override void Dispose()
    {
        while (owned.TryPop(out var one)) one.Dispose();
        base.Dispose();
    }
}
