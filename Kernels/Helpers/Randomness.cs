namespace Chainring.Kernels.Helpers;

/// <summary>Random numbers without state: each is a function of what it is drawn for, so every backend draws the same ones.</summary>
public static class Randomness
{
    /// <summary>The 32-bit number that the <paramref name="call"/>th draw of a frame gets.</summary>
    public static uint Draw(ulong seed, uint queue, long frame, uint call)
    {
        ulong x = Mix(seed + 0x9e3779b97f4a7c15);
        x = Mix(x ^ ((ulong)frame + 0x9e3779b97f4a7c15));
        x = Mix(x ^ (((ulong)queue << 32) | call));
        return (uint)(x >> 32);
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).</summary>
    static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
}
