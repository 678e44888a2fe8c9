using BenchmarkDotNet.Attributes;
using Chainring.Bench.Kernels;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;

namespace Chainring.Bench.Nic;

/// <summary>
/// All of it, on one thread: frames of 64 bytes from a wire in memory through hash, ring and batch, a firewall and a counter, and verdicts carried out. Nanoseconds and bytes allocated are
/// per packet.
/// </summary>
[MemoryDiagnoser, InProcess]
public class EndToEndBench
{
    const int Frames = 4096;

    Port _port = null!;
    VerdictCarrier _carrier = null!;

    [ParamsSource(typeof(KernelBench), nameof(KernelBench.Backends))]
    public string Backend { get; set; } = "";

    [Params(1, 4)]
    public int Queues { get; set; }

    [GlobalSetup]
    public void Plug()
    {
        var card = new SmartNic(new CardOptions { Target = Targets.All.Single(t => t.Name == Backend), Capabilities = new() { Queues = Queues } });
        _ = InstalledChain.Install(card, ChainFile.Load(BenchFrames.FromRoot("examples", "firewall-then-count.yaml")).Value).Value;
        _port = new Port(card, 1, new MemoryWire(BenchFrames.Of("64-bytes-10-flows.pcap")), new PortConfig { Queues = Queues });
        _carrier = new VerdictCarrier(card.Maps, new Dictionary<uint, IWire>(), [_port]);
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Packet() => _port.Poll(Frames, _carrier);
}
