using BenchmarkDotNet.Attributes;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;

namespace Chainring.Bench.Kernels;

/// <summary>
/// Frames of 64 bytes that lie in memory, through chains of two programs and through a single one, on each backend: nanoseconds and bytes
/// allocated are per packet. No program of these chains moves its packet, so a batch can run again and again.
/// </summary>
[MemoryDiagnoser, InProcess]
public class KernelBench
{
    const int Frames = 256;

    readonly PacketBatch _batch = BenchFrames.Batch("64-bytes-10-flows.pcap", Frames);
    IKernel _pass = null!, _passThenPass = null!, _firewall = null!, _firewallThenCount = null!;

    public static IEnumerable<string> Backends => Targets.All.Where(t => t.Missing is null).Select(t => t.Name);

    [ParamsSource(nameof(Backends))]
    public string Backend { get; set; } = "";

    [GlobalSetup]
    public void Install()
    {
        _pass = Install("pass.o", "xdp_pass", chained: false);
        _passThenPass = Install("pass.o", "xdp_pass", chained: true);
        _firewall = InstallExample(only: "firewall");
        _firewallThenCount = InstallExample(only: null);
    }

    [Benchmark(Description = "pass", OperationsPerInvoke = Frames)]
    public void Pass() => _pass.Run(_batch);

    [Benchmark(Description = "pass -> pass", OperationsPerInvoke = Frames)]
    public void PassThenPass() => _passThenPass.Run(_batch);

    [Benchmark(Description = "firewall", Baseline = true, OperationsPerInvoke = Frames)]
    public void Firewall() => _firewall.Run(_batch);

    [Benchmark(Description = "firewall -> counter", OperationsPerInvoke = Frames)]
    public void FirewallThenCount() => _firewallThenCount.Run(_batch);

    /// <summary>Instructions do not vary with time: one batch of each says how many a packet takes.</summary>
    [GlobalCleanup]
    public void SayInstructionsPerPacket()
    {
        foreach (var (name, kernel) in new[] { ("pass", _pass), ("pass -> pass", _passThenPass), ("firewall", _firewall), ("firewall -> counter", _firewallThenCount) })
        {
            if (kernel.Counters is { Instructions: > 0 })
                Console.WriteLine($"// {name}: {(double)kernel.Counters.Instructions / kernel.Counters.Runs(0):f1} instructions per packet");
        }
    }

    IKernel Install(string file, string program, bool chained)
    {
        var source = ObjectLoader.LoadFile(BenchFrames.FromRoot("examples", file)).Value;
        var spec = ChainSpec.Single(source, source.Program(program).Value);
        if (chained) spec = spec with { Members = [spec.Members[0], spec.Members[0] with { Alias = "second" }], Edges = [new(0, XdpAction.Pass, 1)] };
        return Install(spec);
    }

    IKernel InstallExample(string? only)
    {
        string path = BenchFrames.FromRoot("examples", "firewall-then-count.yaml");
        var chain = ChainFile.Parse(File.ReadAllText(path), path, BenchFrames.FromRoot("examples")).Value;
        return Install(only is null ? chain : chain with { Members = [chain.Members.Single(m => m.Alias == only)], Edges = [] });
    }

    IKernel Install(ChainSpec spec)
    {
        var card = new SmartNic(new CardOptions { Target = Targets.All.Single(t => t.Name == Backend) });
        _ = InstalledChain.Install(card, spec).Value;
        return card.Kernel()!;
    }
}
