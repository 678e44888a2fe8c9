using Chainring.Offload;

namespace Chainring.Nic.Wire;

/// <summary>Why a wire cannot be had. Every such text is in this file.</summary>
public static class WireError
{
    public static InputError Name(string name) => new("W01", "interface-name", $"'{name}' is longer than an interface's name can be (15 bytes)");

    public static InputError Cannot(string what, string name, string why) => new("W02", "no-wire", $"cannot {what} '{name}': {why}");
}
