using System.Text;
using BenchmarkDotNet.Attributes;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Bench.Kernels;

/// <summary>
/// Straight programs of so many operations on bytes of the packet, compiled: nanoseconds are per operation, and must not grow with the program. One that
/// is longer than a method may be is several methods.
/// </summary>
[MemoryDiagnoser, InProcess]
public class CodeSizeBench
{
    const int Frames = 64, Registers = 6, First = 2, Longest = 6000;

    readonly PacketBatch _batch = BenchFrames.Batch("64-bytes-10-flows.pcap", Frames);
    IKernel _kernel = null!;

    [Params(50, 200, 1000, 2000, 3000, Longest)]
    public int Operations { get; set; }

    [GlobalSetup]
    public void Install()
    {
        var card = new SmartNic(new CardOptions { Target = Targets.All.Single(t => t.Name == "il") });
        var code = Assembler.Assemble(Text(Operations));
        var program = card.Load(new ProgramSpec { Name = $"alu{Operations}", Section = "xdp", Code = code, Functions = [new("alu", 0)], MapReferences = [] }, _ => throw new InvalidOperationException()).Value;
        if (card.Install(InstallRequest.Attach(program, null)) is { } refusal) throw new InvalidOperationException(refusal.Sentence);
        _kernel = card.Kernel()!;
    }

    [Benchmark(OperationsPerInvoke = Frames * Longest)]
    public void Operation()
    {
        for (int n = 0; n < Longest / Operations; n++) _kernel.Run(_batch);
    }

    /// <summary>Loads a few numbers, and mixes them: each operation needs the result of one of the last few.</summary>
    internal static string Text(int operations)
    {
        var random = new Random(1);
        var text = new StringBuilder("""
            r2 = *(u32 *)(r1 + 0)
            r3 = *(u32 *)(r1 + 4)
            r4 = r2
            r4 += 48
            r0 = 1
            if r4 > r3 goto end

            """);
        for (int n = Registers - 1; n >= 0; n--) text.AppendLine($"r{First + n} = *(u64 *)(r2 + {8 * n})");
        string[] mixing = ["r{0} += r{1}", "r{0} ^= r{1}", "r{0} -= r{1}", "r{0} += {2}", "r{0} ^= {2}", "r{0} *= 31", "w{0} += w{1}", "r{0} >>= 3", "r{0} |= {2}"];
        for (int n = 0; n < operations; n++)
            text.AppendLine(string.Format(null, mixing[random.Next(mixing.Length)], First + n % Registers, First + random.Next(Registers), random.Next(1, 1000)));
        for (int n = 1; n < Registers; n++) text.AppendLine($"r2 ^= r{First + n}");
        return text.Append("""
            r0 = r2
            r0 &= 1
            r0 += 1
            end:
            exit
            """).ToString();
    }
}
