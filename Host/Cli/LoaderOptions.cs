using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Elf.Core;

namespace Chainring.Host.Cli;

/// <summary>What every command that loads objects can be asked to tell them.</summary>
sealed class LoaderOptions
{
    readonly Option<string?> _btf = OptionKinds.Text<string?>("--btf", "FILE", "types that CO-RE programs are fitted to, BTF or an ELF file with it, such as /sys/kernel/btf/vmlinux; without it, the types that the object declares");
    readonly Option<string[]> _kconfig = OptionKinds.Text<string[]>("--kconfig", "NAME=VALUE|FILE", "a __kconfig value, or a kernel's .config with many; LINUX_KERNEL_VERSION is 6.18 unless told");

    public IEnumerable<Option> All => [_btf, _kconfig];

    public Result<LoadOptions> Read(ParseResult line)
    {
        var values = new Dictionary<string, string>();
        foreach (string text in line.GetValue(_kconfig) ?? [])
        {
            if (KernelConfigFile.Read(text, values) is { } unreadable) return unreadable;
        }
        var options = new LoadOptions { KernelConfiguration = values };
        if (line.GetValue(_btf) is not { } path) return options;
        return TargetTypes.LoadFile(path).Try(out var types, out var problem) ? options with { Types = types } : problem;
    }
}
