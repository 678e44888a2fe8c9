using Chainring.Host.Driver.Peers;
using Chainring.Offload;

namespace Chainring.Host.Driver.Bench;

/// <summary>The running kernel, by BPF_PROG_TEST_RUN: a program alone, tail calls, function calls, libxdp's dispatcher. Nothing is attached to any interface.</summary>
public sealed record LinuxWay(Mechanism Mechanism) : ChainWay(Name, Mechanism)
{
    public const string Name = "Linux";

    public override int MostPrograms => Mechanism switch
    {
        Mechanism.Alone => 1,
        Mechanism.Dispatcher => LibxdpDispatcher.MaxPrograms,
        _ => 32,
    };

    /// <summary>Everything that Linux has, or why it cannot be asked: one sentence for each way.</summary>
    public static IReadOnlyList<ChainWay> All()
    {
        string? absent = Missing();
        Mechanism[] mechanisms = [Mechanism.Alone, Mechanism.TailCall, Mechanism.TailCallAny, Mechanism.Calls, Mechanism.Dispatcher];
        return [.. mechanisms.Select(m => WayOf(m, absent))];
    }

    /// <summary>Why the calling thread cannot ask the kernel; null if it can.</summary>
    public static string? Missing()
    {
        if (!OperatingSystem.IsLinux()) return BenchError.NotLinux();
        return Try(Mechanism.Alone) is { } why ? BenchError.NoBpf(why) : null;
    }

    static ChainWay WayOf(Mechanism mechanism, string? absent)
    {
        if (mechanism == Mechanism.Dispatcher) absent ??= LibxdpDispatcher.Missing() ?? Try(mechanism);
        return absent is null ? new LinuxWay(mechanism) : new AbsentWay(Name, mechanism, absent);
    }

    static string? Try(Mechanism mechanism)
    {
        try
        {
            using var ready = new LinuxWay(mechanism).Make([Stage.Drop]);
            return null;
        }
        catch (Exception e) when (e is BpfException or PlatformNotSupportedException or DllNotFoundException or EntryPointNotFoundException)
        {
            return BenchError.KernelRefuses(e.Message).Sentence;
        }
    }

    public override Result<ReadyRun> Open(IReadOnlyList<Stage> stages)
    {
        try
        {
            return Make(stages);
        }
        catch (BpfException e)
        {
            return BenchError.KernelRefuses(e.Message);
        }
    }

    LinuxRun Make(IReadOnlyList<Stage> stages)
    {
        var owned = new Stack<IDisposable>();
        int fd;
        try
        {
            fd = Mechanism == Mechanism.Dispatcher ? Dispatcher(stages, owned) : Programs(stages, owned);
        }
        catch (BpfException)
        {
            while (owned.TryPop(out var one)) one.Dispose();
            throw;
        }
        var ready = new LinuxRun(fd, BenchPrograms.Frame.ToArray(), owned);
        ready.Run(1);
        return ready;
    }

    static int Dispatcher(IReadOnlyList<Stage> stages, Stack<IDisposable> owned)
    {
        var dispatcher = new LibxdpDispatcher(BenchPrograms.File, [.. BenchPrograms.Of(stages, Mechanism.Dispatcher).Select(p => p.Name)]);
        owned.Push(dispatcher);
        return dispatcher.Fd;
    }

    int Programs(IReadOnlyList<Stage> stages, Stack<IDisposable> owned)
    {
        LinuxProgram? last = null;
        int first = -1;
        foreach (var spec in BenchPrograms.Of(stages, Mechanism))
        {
            var program = new LinuxProgram(BenchPrograms.Source, spec);
            owned.Push(program);
            last?.SetTailCall(BenchPrograms.NextMap, 0, program);
            if (last is null) first = program.Fd.Number;
            last = program;
        }
        return first;
    }
}
