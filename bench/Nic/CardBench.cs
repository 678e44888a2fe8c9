using BenchmarkDotNet.Attributes;
using Chainring.Bench.Kernels;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;

namespace Chainring.Bench.Nic;

/// <summary>
/// What the card costs around the programs: frames of 64 bytes from a wire in memory through hash, ring, batch and back, with no program
/// attached. Nanoseconds and bytes allocated are per packet.
/// </summary>
[MemoryDiagnoser, InProcess]
public class CardBench
{
    const int Frames = 4096;

    readonly Deaf _sink = new();
    Port _port = null!;

    [Params(1, 4, 16)]
    public int Queues { get; set; }

    [Params(16, 64, 256)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Plug()
    {
        var card = new SmartNic(new CardOptions { Target = Targets.Reference, Capabilities = new() { Queues = Queues } });
        _port = new Port(card, 1, new MemoryWire(BenchFrames.Of("64-bytes-10-flows.pcap")), new PortConfig { Queues = Queues, Batch = Batch });
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Poll() => _port.Poll(Frames, _sink);

    sealed class Deaf : IFrameSink
    {
        public void Finished(PacketBatch batch)
        {
        }

        public void Missed(in WireFrame frame, long index, MissReason reason)
        {
        }
    }
}
