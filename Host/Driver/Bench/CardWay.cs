using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>A backend of the card, by the chain table or by tail calls.</summary>
/// <param name="Engine">The backend's name, whatever target runs it this way.</param>
/// <param name="Batch">Frames of a batch; one frame again and again.</param>
public sealed record CardWay(string Engine, IKernelTarget Target, Mechanism Mechanism, int Batch) : ChainWay(Engine, Mechanism)
{
    public override int MostPrograms => Mechanism == Mechanism.Alone ? 1 : Chain.MaxRuns;

    public override Result<ReadyRun> Open(IReadOnlyList<Stage> stages)
    {
        var card = new SmartNic(new CardOptions { Target = Target });
        var programs = new List<LoadedProgram>();
        var arrays = new List<ProgramArrayMap?>();
        foreach (var spec in BenchPrograms.Of(stages, Mechanism))
        {
            var maps = new Dictionary<string, Map>();
            foreach (string name in spec.MapReferences.Select(r => r.Map).Distinct())
            {
                if (!card.CreateMap(BenchPrograms.Source.Maps.First(m => m.Name == name)).Try(out var map, out var refusal)) return refusal;
                maps.Add(name, map);
            }
            if (!card.Load(spec, name => maps[name]).Try(out var program, out var problem)) return problem;
            programs.Add(program);
            arrays.Add(maps.GetValueOrDefault(BenchPrograms.NextMap) as ProgramArrayMap);
        }

        ChainTable? table = null;
        if (Mechanism is Mechanism.StageByStage or Mechanism.Fused && !card.CreateTable(Chain.MaxRuns).Try(out table, out var wrong)) return wrong;
        for (int n = 0; n + 1 < programs.Count; n++)
        {
            if (table?.Update(programs[n].Id, default(ChainEntry).With(XdpAction.Pass, programs[n + 1].Id)) is { } refused) return refused;
            if (arrays[n] is { } array) card.SetTailCall(array, new byte[sizeof(uint)], programs[n + 1]);
        }
        if (card.Install(InstallRequest.Attach(programs[0], table)) is { } notTaken) return notTaken;
        return new CardRun(card.Kernel()!, new FrameFeed(BenchFrames.Of(BenchPrograms.Frame), Batch, buffers: 1));
    }
}
