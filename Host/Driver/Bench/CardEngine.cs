using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload;

namespace Chainring.Host.Driver.Bench;

/// <summary>A backend of the card.</summary>
public sealed record CardEngine(IKernelTarget Target, int Batch) : BackendEngine(Target.Name)
{
    public override string? Absent => Target.Missing;

    public override Result<ReadyRun> Open(BackendProgram program, BackendTraffic traffic) =>
        Over(program, traffic, traffic.Feed(program.Change, Batch), traffic.Refills(program)).Try(out var run, out var problem) ? run : problem;

    /// <summary>A program with its maps filled, over batches that may be others' as well.</summary>
    /// <param name="refills">Each batch gets fresh frames.</param>
    public Result<BackendRun> Over(BackendProgram program, BackendTraffic traffic, FrameFeed feed, bool refills)
    {
        var card = new SmartNic(new CardOptions { Target = Target });
        var maps = new Dictionary<string, Map>();
        foreach (var spec in program.Maps)
        {
            if (!card.CreateMap(traffic.World.Sized(spec)).Try(out var map, out var refusal)) return refusal;
            traffic.World.Fill(spec.Name, (key, value) =>
            {
                if (MapCommands.Update(map, key, value, UpdateFlags.Any) is var error and not 0) throw new InvalidOperationException($"{spec.Name}: {error}");
            });
            maps.Add(spec.Name, map);
        }
        if (!card.Load(program.Spec, name => maps[name]).Try(out var loaded, out var problem)) return problem;
        if (card.Install(InstallRequest.Attach(loaded, null)) is { } notTaken) return notTaken;
        return new BackendRun(card.Kernel()!, feed, refills) { MapBytes = program.Map is { } name ? maps[name].MemoryBytes : null };
    }
}
