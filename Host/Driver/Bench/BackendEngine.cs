using Chainring.Kernels;
using Chainring.Offload;

namespace Chainring.Host.Driver.Bench;

/// <summary>Who runs programs: a backend of the card, or Linux.</summary>
public abstract record BackendEngine(string Name)
{
    /// <summary>Why it cannot be asked, in a sentence; null if it can.</summary>
    public virtual string? Absent => null;

    /// <summary>Why it cannot run a program over some traffic, in a sentence; null if it can.</summary>
    public virtual string? Refuse(BackendProgram program, BackendTraffic traffic) => null;

    /// <summary>A program with its maps filled, ready to run over that traffic.</summary>
    public abstract Result<ReadyRun> Open(BackendProgram program, BackendTraffic traffic);

    /// <summary>Every backend there is, then Linux if it is asked for.</summary>
    /// <param name="batch">Frames of a batch on the card.</param>
    public static IReadOnlyList<BackendEngine> All(int batch, bool linux) => [.. Targets.All.Select(t => new CardEngine(t, batch)), .. linux ? [new LinuxEngine()] : Array.Empty<BackendEngine>()];
}
