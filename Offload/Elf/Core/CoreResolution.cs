namespace Chainring.Offload.Elf.Core;

/// <summary>What is to become of one instruction that has a type relocation.</summary>
/// <param name="What">The type, field or value that it is about, as C writes it.</param>
/// <param name="Own">What the compiler put there.</param>
/// <param name="Target">What belongs there; null if the target has nothing there, so that the instruction must never be reached.</param>
/// <param name="MayResize">A load or store may take the target's size instead: both sides are unsigned numbers, or pointers.</param>
/// <param name="Fault">Why it cannot be resolved; then the rest does not count.</param>
readonly record struct CoreResolution(string What, CoreValue Own, CoreValue? Target, bool MayResize, string? Fault = null)
{
    public static CoreResolution Failed(string what, string fault) => new(what, default, null, MayResize: false, fault);
}
