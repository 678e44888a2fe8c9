using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// libxdp's section <c>.xdp_run_config</c>: for a function f a structure <c>_f</c> with <c>__uint</c> members, of which only the types count.
/// <c>priority</c> is its place; an action's name with a value other than 0 lets the chain go on after that code, with 0 it does not.
/// </summary>
static class RunConfigs
{
    const string Section = ".xdp_run_config";

    static readonly (string Name, XdpAction Action)[] Actions =
    [
        ("XDP_ABORTED", XdpAction.Aborted), ("XDP_DROP", XdpAction.Drop), ("XDP_PASS", XdpAction.Pass),
        ("XDP_TX", XdpAction.Tx), ("XDP_REDIRECT", XdpAction.Redirect),
    ];

    /// <summary>Configurations by function name.</summary>
    public static Result<Dictionary<string, LibxdpConfig>> Read(ElfImage image, Btf btf)
    {
        var configs = new Dictionary<string, LibxdpConfig>();
        if (btf.DataSection(Section) is not { } section) return configs;
        foreach (var declared in btf.Variables(section))
        {
            if (declared is not { } variable || btf.Strip(variable.Declaration.SizeOrType) is not { Kind: BtfKind.Struct } type)
                return LoadError.DamagedBtf(image.Name, $"type {section.Id}, section {Section}");
            if (!Read(image.Name, variable.Name, btf, type).Try(out var config, out var problem)) return problem;
            configs[variable.Name.StartsWith('_') ? variable.Name[1..] : variable.Name] = config;
        }
        return configs;
    }

    static Result<LibxdpConfig> Read(string file, string variable, Btf btf, BtfType type)
    {
        var config = new LibxdpConfig(LibxdpConfig.DefaultPriority);
        foreach (var declared in btf.Members(type))
        {
            if (declared is not { } member) return LoadError.DamagedBtf(file, $"type {type.Id}, {Section} of {variable}");
            int action = Array.FindIndex(Actions, a => a.Name == member.Name);
            if (btf.DeclaredNumber(member.Type) is not { } value || value > int.MaxValue || (action < 0 && member.Name != "priority"))
                return LoadError.RunConfig(file, variable, member.Name);

            if (action < 0) config = config with { Priority = (int)value };
            else config = config.With(Actions[action].Action, goesOn: value != 0);
        }
        return config;
    }
}
