namespace Chainring.Host.Driver.Emulated;

/// <summary>Whose answers are given where versions of Linux differ.</summary>
public enum KernelFlavour
{
    /// <summary>6.12: tags of programs are SHA-1.</summary>
    Linux612,

    /// <summary>6.18: tags of programs are SHA-256.</summary>
    Linux618,
}
