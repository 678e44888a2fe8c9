using Chainring.Host.Driver.Peers;
using Chainring.Offload;

namespace Chainring.Host.Driver.Bench;

/// <summary>The running kernel, by BPF_PROG_TEST_RUN. Nothing is attached to any interface.</summary>
public sealed record LinuxEngine() : BackendEngine(LinuxWay.Name)
{
    public override string? Absent { get; } = LinuxWay.Missing();

    public override string? Refuse(BackendProgram program, BackendTraffic traffic) =>
        traffic.IsMixed ? BenchError.OneFrame() : program.Change == FrameChange.Spend ? BenchError.FrameIsSpent() : null;

    public override Result<ReadyRun> Open(BackendProgram program, BackendTraffic traffic)
    {
        var owned = new Stack<IDisposable>();
        try
        {
            var spec = program.Spec;
            var linux = new LinuxProgram(BackendProgram.Source with { Maps = [.. program.Maps.Select(traffic.World.Sized)] }, spec);
            owned.Push(linux);
            foreach (var map in program.Maps) traffic.World.Fill(map.Name, (key, value) => linux.Update(map.Name, key, value));
            ReadOnlySpan<byte> frame = traffic.Frames.Head(0);
            return new LinuxRun(linux.Fd.Number, frame[..traffic.Frames.LengthOf(0)].ToArray(), owned);
        }
        catch (BpfException e)
        {
            while (owned.TryPop(out var one)) one.Dispose();
            return BenchError.KernelRefuses(e.Message);
        }
    }
}
