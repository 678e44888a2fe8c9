using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Kernels.Network;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Tests.Kernels;

/// <summary>
/// A chain on a bare kernel, without a card around it, so that a test sees whole buffers: what lies outside the frames, and frames of
/// the same batch that the program leaves alone.
/// </summary>
sealed class KernelRig
{
    /// <summary>The interface of the frame that the program under test acts on.</summary>
    public const uint Ifindex = 7;

    public const uint Queue = 3;

    /// <summary>Metadata that frames have on arrival.</summary>
    public const int Metadata = 8;

    /// <summary>Frames of any other interface pass untouched; then r1 = context, r2 = data, r3 = data_end.</summary>
    public const string Prologue = """
        r2 = *(u32 *)(r1 + 12)
        r0 = 2
        if r2 == 7 goto begin
        exit
        begin:
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)

        """;

    readonly Dictionary<string, Map> _maps = [];
    readonly Func<int, KernelEnvironment> _environment;
    readonly Func<KernelEnvironment, IKernel> _compile;

    public KernelRig(IKernelTarget target, IReadOnlyList<ProgramSpec> programs, IReadOnlyList<MapSpec>? maps = null, int cpus = 1, int cpu = 0,
        Func<IReadOnlyList<LoadedProgram>, Chain>? link = null, ulong seed = 0, CardClock clock = CardClock.Capture)
    {
        var table = Table;
        foreach (var spec in maps ?? [])
        {
            var map = MapKinds.Create(table.NextId, spec, cpus).Value;
            if (spec.IsGlobalData && spec.Flags.HasFlag(MapFlags.ReadOnlyForPrograms)) map.Freeze();
            table.Add(map);
            _maps.Add(spec.Name, map);
        }
        Programs = [.. programs.Select((spec, n) => LoadedProgram.Load((uint)n + 1, spec, name => _maps[name]).Value)];
        if (target.NeedsProof)
        {
            foreach (var program in Programs) program.Proof = Verifier.Verify(program.Spec, name => _maps[name].Facts).Value;
        }
        var chain = link is null ? Chain.Of(Programs[0]) : link(Programs);
        _environment = n => new(table, n, seed, clock) { Network = Network };
        _compile = environment => target.Compile(chain, environment);
        var own = _environment(cpu);
        own.Events.Open();
        (Kernel, Events) = (_compile(own), own.Events);
    }

    public MapTable Table { get; } = new();

    public IReadOnlyList<LoadedProgram> Programs { get; }

    public IKernel Kernel { get; }

    /// <summary>Another queue's kernel, on the same maps.</summary>
    public IKernel KernelOf(int cpu) => _compile(_environment(cpu));

    /// <summary>What programs can ask of the network: nothing, unless a test says more.</summary>
    public NetworkTable Network { get; } = new();

    /// <summary>What programs put out by <see cref="Kernel"/>.</summary>
    public EventLog Events { get; }

    public IEnumerable<Map> Maps => _maps.Values;

    public Map Map(string name) => _maps[name];

    /// <summary>Three frames of bytes 0, 1, 2, … in buffers that are 0xcc elsewhere; only the middle one is of <see cref="Ifindex"/>.</summary>
    public static PacketBatch Batch(int length = 64)
    {
        var batch = new PacketBatch(3);
        var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        for (int n = 0; n < 3; n++)
        {
            batch.Buffer(n).Fill(0xcc);
            ref var frame = ref batch.Add(bytes);
            frame.Index = n;
            frame.RxQueue = Queue;
            frame.IngressIfindex = n == 1 ? Ifindex : 1;
            frame.Meta -= Metadata;
        }
        return batch;
    }

    /// <summary>Buffers of a batch as they are now.</summary>
    public static byte[][] Snapshot(PacketBatch batch) => [.. Enumerable.Range(0, batch.Capacity).Select(n => batch.Buffer(n).ToArray())];
}
