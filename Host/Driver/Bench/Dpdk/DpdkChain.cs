using Chainring.Host.Driver.Auto;
using Chainring.Host.Driver.Bench.Sweep;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;
using Encoding = Chainring.Offload.Isa.Encoding;

namespace Chainring.Host.Driver.Bench.Dpdk;

/// <summary>The programs of a chain for DPDK's JIT, which knows no chains: a loop in C goes on to the next on PASS.</summary>
/// <param name="codes">In their order.</param>
sealed class DpdkChain(IReadOnlyList<DpdkCode> codes)
{
    /// <summary>Programs that come with the command, compiled for DPDK's JIT, which lacks 32-bit jumps.</summary>
    static readonly Lazy<IReadOnlyList<ObjectSpec>> Older = new(() => [.. new[] { "peers/backends.o", "peers/chain.o" }.Select(name => ObjectLoader.Load(BenchPrograms.Read(name), name).Value)]);

    public static Result<DpdkChain> Of(SweepChain chain)
    {
        var spec = chain.Spec;
        bool follow = spec.Entry == 0 && spec.Edges.Count == spec.Members.Count - 1 && spec.Edges.All(e => e.On == XdpAction.Pass && e.To == e.From + 1);
        if (!follow || spec.PreviousVerdict) return BenchError.DpdkRefuses("its programs do not just follow one another on PASS");
        var codes = new List<DpdkCode>();
        foreach (var member in spec.Members)
        {
            var program = chain.From is null ? Older.Value.Select(o => o.Program(member.Program.Name)).First(p => p.Try(out _, out _)).Value : member.Program;
            if (!DpdkCode.Of(program, member.Source).Try(out var code, out var problem)) return (InputError)problem;
            if (code.Map is { } map && spec.MapEntries.Any(e => e.Map == map.Name)) return BenchError.DpdkRefuses($"map {map.Name} is filled before the first frame");
            codes.Add(code);
        }
        return new DpdkChain(codes);
    }

    /// <summary>Writes what dpdk.c reads first: maps (one for each program that has one), programs, frames.</summary>
    public void Write(Stream stream, IReadOnlyList<SampleFrame> frames)
    {
        using var to = new BinaryWriter(stream, System.Text.Encoding.ASCII, leaveOpen: true);
        DpdkCode[] withMaps = [.. codes.Where(c => c.Map is not null)];
        to.Write(withMaps.Length);
        foreach (var code in withMaps)
        {
            to.Write(code.Map!.ValueSize);
            to.Write(code.Map.MaxEntries);
        }
        to.Write(codes.Count);
        foreach (var code in codes)
        {
            to.Write(code.Code.Length);
            to.Write(code.MapSlots.Count);
            to.Write(Encoding.Encode(code.Code));
            foreach (int slot in code.MapSlots)
            {
                to.Write(slot);
                to.Write(Array.IndexOf(withMaps, code));
            }
        }
        to.Write(frames.Count);
        foreach (var frame in frames)
        {
            to.Write(frame.Bytes.Length);
            to.Write(frame.Bytes);
        }
    }
}
