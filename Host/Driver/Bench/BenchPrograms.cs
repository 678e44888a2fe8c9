using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>The object that all stages of chains come from, and the frame that they run over.</summary>
public static class BenchPrograms
{
    public const string Name = "chain.o";

    /// <summary>The prog array that a stage with a tail call looks into; slot 0 is what follows.</summary>
    public const string NextMap = "next";

    /// <summary>Ethernet, IPv4, TCP from port 40000 to 443: 64 bytes, of which the last 10 are padding.</summary>
    public static ReadOnlySpan<byte> Frame =>
    [
        0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00,
        0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0xae, 0xa7, 198, 18, 0, 1, 198, 18, 0, 2,
        0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>The object file.</summary>
    public static byte[] File { get; } = Read(Name);

    public static ObjectSpec Source { get; } = ObjectLoader.Load(File, Name).Value;

    /// <summary>The function that is a stage.</summary>
    /// <param name="isLast">Nothing follows it; but a single stage may still ask.</param>
    public static string FunctionOf(Stage stage, Mechanism mechanism, bool isLast)
    {
        string name = stage.ToString().ToLowerInvariant();
        return isLast || mechanism is not (Mechanism.TailCall or Mechanism.TailCallAny) ? name : mechanism == Mechanism.TailCall ? $"{name}_or_call" : $"{name}_or_call_any";
    }

    /// <summary>Functions of stages that follow one another; a single one asks for what is not there.</summary>
    public static IReadOnlyList<ProgramSpec> Of(IReadOnlyList<Stage> stages, Mechanism mechanism)
    {
        ProgramSpec[] programs = [.. stages.Select((stage, n) => Source.Program(FunctionOf(stage, mechanism, isLast: n > 0 && n == stages.Count - 1)).Value)];
        return mechanism == Mechanism.Calls ? [Calling(programs)] : programs;
    }

    /// <summary>
    /// One program that calls them in order: a code in the mask goes on to the next, any other is the verdict, and past the last one it is PASS
    /// (xdp-tools, lib/libxdp/xdp-dispatcher.c.in).
    /// </summary>
    static ProgramSpec Calling(IReadOnlyList<ProgramSpec> programs)
    {
        const int goesOn = 1 << (int)XdpAction.Pass | 1 << 31;
        string calls = string.Join('\n', programs.Select((_, n) => $"""
            r1 = r6
            call stage_{n}
            w1 = 1
            w1 <<= w0
            w1 &= {goesOn}
            if w1 == 0 goto end
            """));
        // Each function has its place, which its code then takes.
        string places = string.Join('\n', programs.Select((p, n) => $"stage_{n}:\n{string.Concat(Enumerable.Repeat("exit\n", p.Code.Length))}"));
        var code = Assembler.Assemble($"r6 = r1\n{calls}\nr0 = {(int)XdpAction.Pass}\nend:\nexit\n{places}", out var labels);
        var stages = programs.Select((p, n) => (Program: p, Start: labels[$"stage_{n}"])).ToList();
        foreach (var (program, start) in stages) program.Code.CopyTo(code, start);
        return new()
        {
            Name = "calls",
            Section = "xdp",
            License = Source.License,
            Code = code,
            Functions = [new("calls", 0), .. stages.Select((s, n) => new FunctionSpec($"stage_{n}", s.Start))],
            MapReferences = [.. stages.SelectMany(s => s.Program.MapReferences.Select(r => r with { Slot = r.Slot + s.Start }))],
        };
    }

    /// <summary>An object that is built into this library.</summary>
    internal static byte[] Read(string name)
    {
        using var stream = typeof(BenchPrograms).Assembly.GetManifestResourceStream(name)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
