using Chainring.Host.Driver.Peers;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Tests.Oracle;

/// <summary>A program of an object file, for our verifier and for the kernel's: with maps of its own, which hold what the file says.</summary>
sealed class ObjectProgram : IDisposable
{
    /// <summary>Of a map whose size the file leaves to whoever loads it.</summary>
    const int SomeEntries = 16;

    readonly ObjectSpec _source;
    readonly Dictionary<string, MapFacts> _facts;
    readonly Dictionary<string, KernelMap> _maps;

    ObjectProgram(ObjectSpec source, ProgramSpec program)
    {
        (_source, Program) = (source, program);
        var specs = source.Maps.Select(m => m.MaxEntries > 0 || m.Type == MapType.PerfEventArray ? m : m with { MaxEntries = SomeEntries }).ToList();
        _facts = specs.ToDictionary(m => m.Name, m => new MapFacts(m, m.IsGlobalData && m.Flags.HasFlag(MapFlags.ReadOnlyForPrograms) ? m.InitialValue : default(ReadOnlyMemory<byte>)));
        _maps = specs.ToDictionary(m => m.Name, m => new KernelMap(m));
    }

    public ProgramSpec Program { get; }

    /// <summary>It asks a device for hints, so it must be loaded for one.</summary>
    bool NeedsDevice => Array.Exists(Program.Code, i => HelperTable.CalledBy(i)?.Name.StartsWith("bpf_xdp_metadata_", StringComparison.Ordinal) ?? false);

    /// <summary>The XDP programs of a file, each to be disposed of before the next.</summary>
    public static IEnumerable<ObjectProgram> In(string path)
    {
        var source = ObjectLoader.LoadFile(path).Value;
        foreach (var program in source.Programs.Where(p => p.OtherType is null)) yield return new(source, program);
    }

    public Result<VerifiedProgram> Verify() => Verifier.Verify(Program, name => _facts[name], Decision.KernelRules);

    /// <summary>The kernel's log of accepting it.</summary>
    /// <param name="device">An interface for programs that need one.</param>
    public VerifierLog Load(int device)
    {
        var log = new VerifierLog();
        new KernelProgram(Program, name => _maps[name], _source.License, NeedsDevice ? device : 0, log).Dispose();
        return log;
    }

    /// <param name="device">An interface for programs that need one.</param>
    public Decision Decide(int device) => Decision.Of(Program, name => _facts[name], name => _maps[name], _source.License, NeedsDevice ? device : 0);

    public void Dispose()
    {
        foreach (var map in _maps.Values) map.Dispose();
    }
}
