using Chainring.Offload.Elf;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>What a program does to a frame, as far as it matters to running it over the same frame again.</summary>
public enum FrameChange
{
    None,

    /// <summary>It does the same to a frame that it has changed before.</summary>
    Swap,

    /// <summary>It needs a fresh frame each time: a frame grows, or has fewer hops left.</summary>
    Spend,
}

/// <summary>A program of <c>backends.c</c>.</summary>
/// <param name="Map">The one of its maps whose size differs between cases; null if there is none.</param>
public sealed record BackendProgram(string Name, FrameChange Change, string? Map)
{
    const string FileName = "backends.o";

    public static ObjectSpec Source { get; } = ObjectLoader.Load(BenchPrograms.Read(FileName), FileName).Value;

    /// <summary>Does nothing and drops: what the engine takes by itself.</summary>
    public static BackendProgram Empty { get; } = new("empty", FrameChange.None, null);

    /// <summary>All there are, the empty one first.</summary>
    public static IReadOnlyList<BackendProgram> All { get; } =
    [
        Empty,
        new("xdp1", FrameChange.None, null),
        new("xdp2", FrameChange.Swap, null),
        new("firewall", FrameChange.None, "listed"),
        new("balancer", FrameChange.Spend, "backends"),
        new("router", FrameChange.Spend, "routes"),
    ];

    public ProgramSpec Spec => Source.Program(Name).Value;

    /// <summary>What its code names, each once.</summary>
    public IEnumerable<MapSpec> Maps => Spec.MapReferences.Select(r => r.Map).Distinct().Select(name => Source.Maps.First(m => m.Name == name));
}
