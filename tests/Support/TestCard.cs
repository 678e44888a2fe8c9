using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support;

/// <summary>A chain installed on a card of its own, to be given frames one by one or all at once.</summary>
public sealed class TestCard : IDisposable
{
    /// <summary>What became of one frame; metadata is what stood between data_meta and data.</summary>
    public sealed record Outcome(Verdict Verdict, byte[] Bytes, byte[] Metadata, RedirectTarget Redirect);

    public TestCard(ChainSpec chain, IKernelTarget? target = null, CardOptions? options = null)
    {
        Card = new SmartNic((options ?? new CardOptions { Target = target! }) with { Target = target ?? Targets.Reference });
        Chain = InstalledChain.Install(Card, chain).Value;
    }

    public SmartNic Card { get; }

    public InstalledChain Chain { get; }

    /// <summary>A card with one hand-written program; <paramref name="maps"/> are those it names.</summary>
    /// <param name="verifies">False for a program that is to be caught at run time.</param>
    public static TestCard Of(ProgramSpec program, IReadOnlyList<MapSpec>? maps = null, IKernelTarget? target = null, bool verifies = true) =>
        new(ChainSpec.Single(ObjectOf([program], maps), program), target, new CardOptions { Target = Targets.Reference, Verifies = verifies });

    /// <summary>An object as if a file had held these programs and maps.</summary>
    public static ObjectSpec ObjectOf(IReadOnlyList<ProgramSpec> programs, IReadOnlyList<MapSpec>? maps = null) =>
        new() { Name = "test.o", License = "GPL", Programs = programs, Maps = maps ?? [] };

    public Map Map(string name) => Chain.Maps.Single(m => m.Map.Spec.Name == name).Map;

    public Outcome Run(byte[] frame) => Run([frame], batch: 1)[0];

    /// <summary>Runs frames in batches of that size and gives the outcomes in arrival order.</summary>
    public List<Outcome> Run(IReadOnlyList<byte[]> frames, int batch = 64) => Run(new ListWire(frames), batch);

    /// <summary>What programs have put out, in order: frame, map (none for a trace), bytes.</summary>
    public List<(long Frame, string Map, byte[] Data)> Events { get; } = [];

    /// <summary>Runs what a wire has, with the times at which it has it.</summary>
    /// <param name="ingress">The interface that the frames come from; if the card knows it, it stays as it is.</param>
    public List<Outcome> Run(IWire wire, int batch = 64, uint ingress = CaptureRun.Ifindex)
    {
        var sink = new Collector(this);
        var known = Card.Network.Current.Interfaces.Find(ingress);
        var port = new Port(Card, ingress, wire, new PortConfig { Batch = batch, Mtu = PortConfig.MaxMtu });
        if (known is not null) Card.Network.Add(known);
        port.Poll(int.MaxValue, sink);
        return sink.Outcomes;
    }

    public void Dispose() => Chain.Dispose();

    sealed class Collector(TestCard card) : IFrameSink
    {
        public List<Outcome> Outcomes { get; } = [];

        public void Finished(PacketBatch batch)
        {
            for (int n = 0; n < batch.Count; n++)
            {
                var frame = batch.Frame(n);
                Outcomes.Add(new(batch.Verdicts[n], batch.Bytes(n).ToArray(), batch.Buffer(n)[frame.Meta..frame.Data].ToArray(), frame.Redirect));
            }
        }

        public void PutOut(EventLog events)
        {
            foreach (var e in events) card.Events.Add((e.Frame, card.Card.Maps.Find(e.Map)?.Spec.Name ?? "", e.Data.ToArray()));
        }

        public void Missed(in WireFrame frame, long index, MissReason reason) =>
            throw new InvalidOperationException($"frame {index} was missed: {MissReasons.NameOf(reason)}");
    }
}

/// <summary>A wire that delivers given frames, a microsecond apart.</summary>
public sealed class ListWire(IReadOnlyList<byte[]> frames) : GivingWire
{
    int _next;

    public override bool Ended => _next == frames.Count;

    public override bool TryReceive(out WireFrame frame)
    {
        if (_next == frames.Count)
        {
            frame = default;
            return false;
        }
        frame = new WireFrame(frames[_next], 1_000UL * (ulong)_next, (uint)frames[_next].Length);
        _next++;
        return true;
    }
}
