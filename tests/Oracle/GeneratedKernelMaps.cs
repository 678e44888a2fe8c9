using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;
using Chainring.Tests.Support.Programs;

namespace Chainring.Tests.Oracle;

/// <summary>The maps that generated programs name, in the kernel.</summary>
sealed class GeneratedKernelMaps : IDisposable
{
    readonly Dictionary<string, KernelMap> _maps = GeneratedMaps.All.ToDictionary(m => m.Name, m => new KernelMap(m));

    /// <summary>Maps that can hold programs are for programs of one kind only: these are for those that take fragments.</summary>
    readonly Dictionary<string, KernelMap> _ofFrags = GeneratedMaps.All.Where(m => m.Type is MapType.ProgramArray or MapType.DevMap).ToDictionary(m => m.Name, m => new KernelMap(m));

    public Decision Decide(ProgramSpec program) => Decision.Of(program, GeneratedMaps.FactsOf, MapsOf(program));

    /// <summary>The kernel's log of a program that it refuses, with the instructions that it followed; empty for one that it accepts.</summary>
    public string LogOf(ProgramSpec program)
    {
        try
        {
            new KernelProgram(program, MapsOf(program)).Dispose();
            return "";
        }
        catch (BpfException e)
        {
            return e.Log;
        }
    }

    Func<string, KernelMap> MapsOf(ProgramSpec program) => name => program.Frags && _ofFrags.TryGetValue(name, out var other) ? other : _maps[name];

    public void Dispose()
    {
        foreach (var map in _maps.Values.Concat(_ofFrags.Values)) map.Dispose();
    }
}
