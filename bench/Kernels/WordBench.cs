using BenchmarkDotNet.Attributes;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Bench.Kernels;

/// <summary>The smallest thing there is: an operation on a 64-bit word, on each backend. Nanoseconds are per operation and packet; loading six words and a branch are shared by all.</summary>
[MemoryDiagnoser, InProcess]
public class WordBench
{
    const int Frames = 256, Operations = 200;

    readonly PacketBatch _batch = BenchFrames.Batch("64-bytes-10-flows.pcap", Frames);
    IKernel _kernel = null!;

    [ParamsSource(typeof(KernelBench), nameof(KernelBench.Backends))]
    public string Backend { get; set; } = "";

    [GlobalSetup]
    public void Install()
    {
        var card = new SmartNic(new CardOptions { Target = Targets.All.Single(t => t.Name == Backend) });
        var code = Assembler.Assemble(CodeSizeBench.Text(Operations));
        var program = card.Load(new ProgramSpec { Name = "words", Section = "xdp", Code = code, Functions = [new("words", 0)], MapReferences = [] }, _ => throw new InvalidOperationException()).Value;
        if (card.Install(InstallRequest.Attach(program, null)) is { } refusal) throw new InvalidOperationException(refusal.Sentence);
        _kernel = card.Kernel()!;
    }

    [Benchmark(OperationsPerInvoke = Frames * Operations)]
    public void Word() => _kernel.Run(_batch);
}
