using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>A bare card with one port and one queue; programs, tables and attachment are the test's own business.</summary>
public sealed class Rig
{
    public static readonly byte[] Frame = new byte[64];

    readonly Queue<byte[]> _frames = [];
    readonly List<Map> _maps = [];

    /// <param name="verifies">False for programs that are to be caught at run time.</param>
    /// <param name="target">The reference unless told.</param>
    public Rig(Capabilities? capabilities = null, int batch = 64, bool verifies = true, IKernelTarget? target = null, bool fusesLater = false)
    {
        Card = new SmartNic(new CardOptions { Target = target ?? Targets.Reference, Capabilities = capabilities ?? new(), Verifies = verifies, FusesLater = fusesLater });
        Port = new Port(Card, 1, new FeedWire(_frames), new PortConfig { Batch = batch, Mtu = PortConfig.MaxMtu });
    }

    public SmartNic Card { get; }

    public Port Port { get; }

    public RxQueue Queue => Port.Queues[0];

    public LoadedProgram Load(string name, string text) =>
        Card.Load(ProgramText.Program(name, text), map => _maps.Single(m => m.Spec.Name == map)).Value;

    /// <summary>A program that returns a code whatever the frame is.</summary>
    public LoadedProgram Returns(long code, string? name = null) => Load(name ?? $"returns_{code}", $"r0 = {code}\nexit");

    public LoadedProgram Returns(XdpAction code, string? name = null) => Returns((long)code, name);

    /// <summary>A program that returns what stands in the frame at an offset.</summary>
    public LoadedProgram ReturnsByte(int offset) => Load($"returns_byte_{offset}", $"""
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)
        r4 = r2
        r4 += {offset + 1}
        if r4 > r3 goto out
        r0 = *(u8 *)(r2 + {offset})
        exit
        out:
        r0 = 0
        exit
        """);

    /// <summary>A program that reads beyond the frame.</summary>
    public LoadedProgram Faults() => Load("faults", """
        r1 = *(u32 *)(r1 + 4)
        r0 = *(u8 *)(r1 + 0)
        exit
        """);

    /// <summary>As many programs, each after the PASS of the one before it; the last has no entry.</summary>
    public (LoadedProgram[] Programs, ChainTable Table) Line(int length)
    {
        var programs = Enumerable.Range(0, length).Select(n => Returns(XdpAction.Pass, $"p{n}")).ToArray();
        var table = Table();
        for (int n = 0; n + 1 < length; n++) Set(table, programs[n], new(0, Pass: programs[n + 1].Id));
        return (programs, table);
    }

    public Map CreateMap(MapSpec spec)
    {
        _maps.Add(Card.CreateMap(spec).Value);
        return _maps[^1];
    }

    public ChainTable Table(int maxEntries = 64, bool previousVerdict = false) => Card.CreateTable(maxEntries, previousVerdict).Value;

    public void Attach(LoadedProgram program, ChainTable? table = null) => Install(InstallRequest.Attach(program, table));

    public void Install(InstallRequest request) => Assert.That(Card.Install(request), Is.Null);

    public static void Set(ChainTable table, LoadedProgram program, ChainEntry entry) =>
        Assert.That(table.Update(program.Id, entry), Is.Null);

    public Verdict Run() => Run(Frame);

    public Verdict Run(byte[] frame) => Outcomes(frame).Single().Verdict;

    /// <summary>Polls these frames; the action is told of each batch that is finished, before anything is read from it.</summary>
    public List<TestCard.Outcome> Outcomes(IEnumerable<byte[]> frames, Action? afterBatch = null)
    {
        foreach (byte[] frame in frames) _frames.Enqueue(frame);
        var sink = new Sink(afterBatch);
        Port.Poll(int.MaxValue, sink);
        return sink.Outcomes;
    }

    public List<TestCard.Outcome> Outcomes(params byte[][] frames) => Outcomes(frames, null);

    /// <summary>Everything on the card that a refused request must leave alone.</summary>
    public string State() => StateOf(Card);

    public static string StateOf(SmartNic card) => string.Join('\n',
        $"programs {string.Join(' ', card.Programs.All.Select(p => $"{p.Id}:{card.Programs.ReferencesOf(p.Id)}"))}",
        $"maps {string.Join(' ', card.Maps.All.Select(m => m.Id))}",
        $"attached {card.Entry?.Id}, table {card.Table?.Id} at {card.Table?.Revision}",
        $"stages {string.Join(' ', card.Kernel()?.Chain.Stages.Select(s => s.Program.Id) ?? [])}");

    sealed class FeedWire(Queue<byte[]> frames) : GivingWire
    {
        ulong _clock;

        public override bool TryReceive(out WireFrame frame)
        {
            frame = default;
            if (!frames.TryDequeue(out var bytes)) return false;
            frame = new WireFrame(bytes, _clock += 1_000, (uint)bytes.Length);
            return true;
        }
    }

    sealed class Sink(Action? afterBatch) : IFrameSink
    {
        public List<TestCard.Outcome> Outcomes { get; } = [];

        public void Finished(PacketBatch batch)
        {
            afterBatch?.Invoke();
            for (int n = 0; n < batch.Count; n++)
            {
                var frame = batch.Frame(n);
                Outcomes.Add(new(batch.Verdicts[n], batch.Bytes(n).ToArray(), batch.Buffer(n)[frame.Meta..frame.Data].ToArray(), frame.Redirect));
            }
        }

        public void Missed(in WireFrame frame, long index, MissReason reason)
        {
        }
    }
}
