using BenchmarkDotNet.Attributes;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;

namespace Chainring.Bench.Kernels;

/// <summary>Programs that pass, one after the other, on each backend: nanoseconds are per packet, and what another program adds is the slope.</summary>
[MemoryDiagnoser, InProcess]
public class ChainBench
{
    const int Frames = 256;

    readonly PacketBatch _batch = BenchFrames.Batch("64-bytes-10-flows.pcap", Frames);
    IKernel _kernel = null!;

    [ParamsSource(typeof(KernelBench), nameof(KernelBench.Backends))]
    public string Backend { get; set; } = "";

    [Params(1, 2, 8, 32)]
    public int Programs { get; set; }

    [GlobalSetup]
    public void Install()
    {
        var source = ObjectLoader.LoadFile(BenchFrames.FromRoot("examples", "pass.o")).Value;
        var one = ChainSpec.Single(source, source.Program("xdp_pass").Value);
        var chain = one with
        {
            Members = [.. Enumerable.Range(0, Programs).Select(n => one.Members[0] with { Alias = $"pass{n}" })],
            Edges = [.. Enumerable.Range(1, Programs - 1).Select(n => new ChainEdge(n - 1, XdpAction.Pass, n))],
        };
        var card = new SmartNic(new CardOptions { Target = Targets.All.Single(t => t.Name == Backend) });
        _ = InstalledChain.Install(card, chain).Value;
        _kernel = card.Kernel()!;
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public void Chain() => _kernel.Run(_batch);
}
