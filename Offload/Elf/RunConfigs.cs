using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// libxdp's section <c>.xdp_run_config</c>: for a function f a structure <c>_f</c> with <c>__uint</c> members, of which only the types count.
/// <c>priority</c> is its place; an action's name with a value other than 0 lets the chain go on after that code, with 0 it does not. What libxdp
/// cannot read keeps only that function from being loaded.
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
    public static Result<Dictionary<string, Result<LibxdpConfig>>> Read(ElfImage image, Btf btf)
    {
        var configs = new Dictionary<string, Result<LibxdpConfig>>();
        if (btf.DataSection(Section) is not { } section) return configs;
        foreach (var declared in btf.Variables(section))
        {
            if (declared is not { Declaration.Kind: BtfKind.Variable } variable) return LoadError.DamagedBtf(image.Name, $"type {section.Id}, section {Section}");
            if (variable.Name.StartsWith('_')) configs.TryAdd(variable.Name[1..], Read(image.Name, variable, btf));
        }
        return configs;
    }

    static Result<LibxdpConfig> Read(string file, BtfVariable variable, Btf btf)
    {
        var config = LibxdpConfig.Default;
        if (btf.Strip(variable.Declaration.SizeOrType) is not { Kind: BtfKind.Struct } type) return LoadError.RunConfigType(file, variable.Name);
        foreach (var declared in btf.Members(type))
        {
            if (declared is not { } member) return LoadError.DamagedBtf(file, $"type {type.Id}, {Section} of {variable.Name}");
            int action = Array.FindIndex(Actions, a => a.Name == member.Name);
            if (action < 0 && member.Name != "priority") return LoadError.RunConfigMember(file, variable.Name, member.Name);
            if (btf.DeclaredLength(member.Type) is not { } value) return LoadError.RunConfigValue(file, variable.Name, member.Name);

            if (action < 0) config = config with { Priority = value };
            else config = config.With(Actions[action].Action, goesOn: value != 0);
        }
        return config;
    }
}
