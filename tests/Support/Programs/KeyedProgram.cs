using System.Globalization;
using System.Text;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support.Programs;

/// <summary>
/// A program made up to use a few keys of its maps, again and again, in an order that shows: it reads a value, decides by it, writes another, puts keys in and takes them
/// out. Keys come from bytes of the frame, now and then from values, and at places on the stack that several ways write to.
/// </summary>
static class KeyedProgram
{
    /// <summary>That which becomes full.</summary>
    static readonly MapSpec Small = new() { Name = "small", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 5 };

    /// <summary>That last, which few programs use.</summary>
    public static readonly IReadOnlyList<MapSpec> Maps =
    [
        new() { Name = "first", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 400 },
        new() { Name = "percpu", Type = MapType.PerCpuHash, KeySize = 4, ValueSize = 8, MaxEntries = 400 },
        new() { Name = "array", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 8 },
        Small,
    ];

    const int Keys = 3, Depth = 2;

    public static ProgramSpec Of(ulong seed) => ProgramText.Program("keyed", Text(seed));

    public static string Text(ulong seed)
    {
        var random = new SplitMix64(seed);
        var text = new StringBuilder("""
            r6 = r1
            r7 = *(u32 *)(r1 + 0)
            r8 = *(u32 *)(r1 + 4)
            r9 = 0
            r2 = r7
            r2 += 60
            if r2 > r8 goto out
            *(u64 *)(r10 - 8) = 0
            *(u64 *)(r10 - 16) = 0

            """);
        int labels = 0;
        // Mostly as programs are: keys first, then what is done with them.
        for (int key = 0; key < Keys; key++) SetKey(text, key, ref random);
        for (int steps = 2 + random.Below(4); steps > 0; steps--) Step(text, ref random, ref labels, Depth);
        text.Append("out:\nr0 = r9\nr0 &= 3\nr0 += 1\nexit\n");
        return text.ToString();
    }

    static void Step(StringBuilder text, ref SplitMix64 random, ref int labels, int depth)
    {
        int key = random.Below(Keys), label = labels++;
        string map = (random.Below(16) == 0 ? Small : Maps[random.Below(Maps.Count - 1)]).Name;
        switch (random.Below(10))
        {
            case 0:
                SetKey(text, key, ref random);
                break;
            case 1 when map != "array":
                Call(text, map, key, "bpf_map_delete_elem");
                text.Append("r9 += r0\n");
                break;
            case 2:
                Put(text, map, key, ref random);
                break;
            case 3:
                text.Append(CultureInfo.InvariantCulture, $"*(u8 *)(r7 + {14 + random.Below(40)}) = r9\n");
                break;
            case 4 when depth > 0:
                text.Append(CultureInfo.InvariantCulture, $"r1 = *(u8 *)(r7 + {14 + random.Below(40)})\nif r1 & 1 goto over{label}\n");
                Step(text, ref random, ref labels, depth - 1);
                text.Append(CultureInfo.InvariantCulture, $"over{label}:\n");
                break;
            default:
                Call(text, map, key, "bpf_map_lookup_elem");
                text.Append(CultureInfo.InvariantCulture, $"if r0 == 0 goto none{label}\nr1 = *(u64 *)(r0 + 0)\nr9 += r1\nr1 *= 3\nr1 += {1 + random.Below(9)}\n*(u64 *)(r0 + 0) = r1\n");
                if (random.Below(8) == 0) text.Append(CultureInfo.InvariantCulture, $"r1 &= 7\n*(u32 *)(r10 - {4 * (random.Below(Keys) + 1)}) = r1\n");
                if (depth > 0 && random.Below(3) == 0) Step(text, ref random, ref labels, depth - 1);
                text.Append(CultureInfo.InvariantCulture, $"goto done{label}\nnone{label}:\nr9 += 1\n");
                if (random.Below(3) > 0) Put(text, map, key, ref random);
                if (depth > 0 && random.Below(3) == 0) Step(text, ref random, ref labels, depth - 1);
                text.Append(CultureInfo.InvariantCulture, $"done{label}:\n");
                break;
        }
    }

    /// <summary>One of few.</summary>
    static void SetKey(StringBuilder text, int key, ref SplitMix64 random) =>
        text.Append(CultureInfo.InvariantCulture, $"r1 = *(u8 *)(r7 + {14 + random.Below(40)})\nr1 &= {(random.Below(3) == 0 ? 15 : 7)}\n*(u32 *)(r10 - {4 * (key + 1)}) = r1\n");

    static void Put(StringBuilder text, string map, int key, ref SplitMix64 random)
    {
        text.Append("*(u64 *)(r10 - 24) = r9\n");
        Call(text, map, key, "bpf_map_update_elem", $"r3 = r10\nr3 += -24\nr4 = {(map == "array" ? 0 : random.Below(3))}\n");
        text.Append("r9 += r0\n");
    }

    static void Call(StringBuilder text, string map, int key, string helper, string more = "") =>
        text.Append(CultureInfo.InvariantCulture, $"r1 = map({map})\nr2 = r10\nr2 += -{4 * (key + 1)}\n{more}call {helper}\n");
}
