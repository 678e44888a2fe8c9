using Chainring.Offload.Isa;

namespace Chainring.Offload.Elf;

/// <summary>Something that an object uses and expects of a kernel.</summary>
/// <param name="Section"><c>.ksyms</c> or <c>.kconfig</c>.</param>
/// <param name="Parameters">How many it is declared with; null if it is no function.</param>
/// <param name="Type">Of a variable.</param>
readonly record struct Extern(string Section, int? Parameters, uint Type)
{
    public bool IsKernelSymbol => Section == ExternTable.KernelSymbols;
}

/// <summary>What the type information of an object declares as defined elsewhere, by name.</summary>
sealed class ExternTable
{
    public const string KernelSymbols = ".ksyms", KernelConfiguration = ".kconfig";

    readonly Dictionary<string, Extern> _byName = [];

    public ExternTable(Btf btf)
    {
        foreach (var section in new[] { KernelSymbols, KernelConfiguration })
        {
            if (btf.DataSection(section) is not { } type) continue;
            foreach (var variable in btf.Variables(type))
            {
                if (variable is { } known) _byName.TryAdd(known.Name, new(section, btf.ParametersOf(known.Declaration), known.Declaration.SizeOrType));
            }
        }
    }

    /// <summary>Null for a name that is not declared so.</summary>
    public Extern? Find(string name) => _byName.TryGetValue(name, out var found) ? found : null;

    /// <summary>The kfunc that is meant by a name.</summary>
    public static HelperRow? KfuncOf(string name) => HelperTable.FindKfunc(WithoutFlavour(name));

    /// <summary>What follows the last three underscores of a name only tells declarations apart (libbpf's flavours).</summary>
    public static string WithoutFlavour(string name) => name.LastIndexOf("___", StringComparison.Ordinal) is > 0 and var flavour ? name[..flavour] : name;
}
