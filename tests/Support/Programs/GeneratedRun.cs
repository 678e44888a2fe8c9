using Chainring.Kernels.Maps;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels;

namespace Chainring.Tests.Support.Programs;

/// <summary>What generated programs run on: maps with something in them, random frames.</summary>
static class GeneratedRun
{
    public const int ShortestFrame = 14, LongestFrame = 9_000;

    const int LongestUnfragmented = 1_514, UsualLength = 200;

    /// <summary>Something into every map that has room for numbers, and the first program into the prog array.</summary>
    public static void Fill(KernelRig rig, ref SplitMix64 random)
    {
        foreach (var map in rig.Maps)
        {
            if (map is ProgramArrayMap programs) programs.Set(new byte[4], rig.Programs[0]);
            if (map.Spec.Type is not (MapType.Array or MapType.Hash or MapType.PerCpuArray) || map.Spec.IsGlobalData) continue;
            for (int n = 0; n < map.Spec.MaxEntries; n++)
            {
                byte[] key = new byte[map.Spec.KeySize], value = new byte[map.Spec.ValueSize];
                key[0] = (byte)n;
                Draw(value, ref random);
                if (map.Spec.Type != MapType.Hash || random.Below(2) == 0) map.UpdateAll(key, value, UpdateFlags.Any);
            }
        }
    }

    /// <param name="frags">It may be long.</param>
    public static byte[] Frame(bool frags, ref SplitMix64 random)
    {
        int longest = random.Below(8) != 0 ? UsualLength : frags ? LongestFrame : LongestUnfragmented;
        var bytes = new byte[ShortestFrame + random.Below(longest - ShortestFrame + 1)];
        Draw(bytes, ref random);
        return bytes;
    }

    /// <summary>Bytes of which many are small.</summary>
    static void Draw(Span<byte> bytes, ref SplitMix64 random)
    {
        foreach (ref byte b in bytes) b = random.Below(3) switch { 0 => 0, 1 => (byte)random.Below(32), _ => (byte)random.Next() };
    }
}
