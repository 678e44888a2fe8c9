namespace Chainring.Nic.Wire;

/// <summary>
/// The generator of Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014), with the constants of Vigna's
/// splitmix64.c. Integer arithmetic only: a seed draws the same numbers on every machine.
/// </summary>
public struct SplitMix64(ulong seed)
{
    ulong _state = seed;

    public ulong Next() => Mix(_state += 0x9e3779b97f4a7c15);

    /// <summary>
    /// Uniform in [0, <paramref name="bound"/>), up to a bias of bound / 2^64: Lemire, "Fast Random Integer Generation in an
    /// Interval" (2019), without the rejection step.
    /// </summary>
    public ulong Below(ulong bound) => Math.BigMul(Next(), bound, out _);

    /// <inheritdoc cref="Below(ulong)"/>
    public int Below(int bound) => (int)Below((ulong)bound);

    /// <summary>A bijection of the 64-bit words in which every input bit moves about half of the output bits.</summary>
    public static ulong Mix(ulong word)
    {
        word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
        word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
        return word ^ (word >> 31);
    }
}
