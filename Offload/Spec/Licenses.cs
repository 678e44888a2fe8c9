namespace Chainring.Offload.Spec;

/// <summary>What a program's <c>license</c> section may say (include/linux/license.h).</summary>
public static class Licenses
{
    static readonly string[] Compatible = ["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"];

    /// <summary>Whether the kernel takes it for compatible with the GPL, so that it admits all helpers.</summary>
    public static bool AreCompatible(string license) => Compatible.Contains(license);
}
