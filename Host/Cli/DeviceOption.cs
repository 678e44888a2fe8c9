using System.CommandLine;
using Chainring.Host.Driver;

namespace Chainring.Host.Cli;

/// <summary><c>--device</c>: whose limits programs, maps and chains are held to.</summary>
static class DeviceOption
{
    /// <param name="usual">Null for an option that may be absent.</param>
    public static Option<T> Create<T>(T usual)
    {
        var option = OptionKinds.Text<T>("--device", "PROFILE|FILE", $"the card's limits: {string.Join(", ", DeviceFile.Names)}, or a file (YAML)");
        if (usual is not null) option.DefaultValueFactory = _ => usual;
        return option;
    }
}
