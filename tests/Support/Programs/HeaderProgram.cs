using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support.Programs;

/// <summary>
/// Writes a program that parses the headers that all such programs parse (Ethernet, perhaps a VLAN tag, IPv4 with options or IPv6, the ports), does something about
/// them, and returns one of several codes. All are safe. In a chain, one finds out what another has found out before.
/// </summary>
sealed class HeaderProgram
{
    const int Ethernet = 14, VlanTag = 4;

    readonly List<string> _lines = ["r6 = r1", "r9 = 0", "r7 = *(u32 *)(r6 + 0)", "r8 = *(u32 *)(r6 + 4)"];

    /// <summary>What is counted may have flags below, which say whether it is.</summary>
    readonly bool _hasFlags;
    SplitMix64 _random;
    int _labels;

    HeaderProgram(ulong seed)
    {
        _random = new(seed);
        // Not drawn among the others, so that the programs of most seeds stay what they were.
        _hasFlags = new SplitMix64(~seed).Below(4) == 3;
    }

    /// <summary>The program of a seed, always the same; its maps are of <see cref="GeneratedMaps"/>.</summary>
    public static ProgramSpec Of(ulong seed, string section)
    {
        var writer = new HeaderProgram(seed);
        writer.Write();
        return ProgramText.Program($"headers_{seed}", string.Join('\n', writer._lines), section);
    }

    /// <summary>r6 = context, r7 = what is to be parsed next less the Ethernet header, r8 = end, r9 = a field.</summary>
    void Write()
    {
        Check(Ethernet);
        if (OneIn(4)) Add("r9 = *(u8 *)(r7 + 12)", "r1 = *(u8 *)(r7 + 13)", "r1 <<= 8", "r9 |= r1");
        else Add("r9 = *(u16 *)(r7 + 12)");
        if (OneIn(3))
        {
            Add("if r9 != 0x81 goto untagged");
            Check(Ethernet + VlanTag);
            if (OneIn(2)) Count("r1 = *(u8 *)(r7 + 15)");
            Add($"r9 = *(u16 *)(r7 + {Ethernet + 2})", $"r7 += {VlanTag}", "untagged:");
        }
        Add("if r9 == 8 goto ipv4", "if r9 == 0xdd86 goto ipv6");
        Return();
        Add("ipv4:");
        Check(34);
        Add("r9 = *(u8 *)(r7 + 23)");
        Act(22);
        Ports("r1 = *(u8 *)(r7 + 14)\nr1 &= 15\nr1 <<= 2");
        Add("ipv6:");
        Check(54);
        Add("r9 = *(u8 *)(r7 + 20)");
        Act(21);
        Ports("r1 = 40");
        Add("out:");
        Return();
    }

    /// <summary>Ports behind a header of which the length goes to r1, and the end of the program.</summary>
    void Ports(string length)
    {
        if (OneIn(3))
        {
            Return();
            return;
        }
        string other = Label();
        Add($"if r9 == 6 goto {other}", $"if r9 == 17 goto {other}");
        Return();
        Add($"{other}:", length, "r1 += r7", $"r2 = r1\nr2 += {Ethernet + 4}", "if r2 > r8 goto out");
        Add(OneIn(2) ? $"r9 = *(u16 *)(r1 + {Ethernet + 2})" : $"r9 = *(u16 *)(r1 + {Ethernet})\nr9 = be16 r9");
        if (OneIn(2)) Count("r1 = r9");
        Return();
    }

    /// <summary>Something about the address or the hop limit, which stands there.</summary>
    void Act(int hops)
    {
        switch (_random.Below(7))
        {
            case 0: Count("r1 = r9"); break;
            case 1: Add($"r1 = *(u8 *)(r7 + {hops})", "if r1 <= 1 goto out", "r1 += -1", $"*(u8 *)(r7 + {hops}) = r1"); break;
            case 2: Remember(); break;
            case 3: Add($"r1 = {_random.Below(1 << 20)}", "*(u32 *)(r7 + 0) = r1", "*(u16 *)(r7 + 4) = r9"); break;
            case 4: Add("r1 = value(bytes)", $"r2 = *(u64 *)(r1 + {8 * _random.Below(8)})", "r2 += r9", $"*(u64 *)(r1 + {8 * _random.Below(8)}) = r2"); break;
            case 5: Add("r1 = value(bytes) + 8", "r2 = 1", $"lock *(u64 *)(r1 + {8 * _random.Below(7)}) += r2"); break;
        }
    }

    /// <summary>One more for a number that goes to r1.</summary>
    void Count(string number)
    {
        string none = Label();
        bool percpu = OneIn(3);
        Add(number, $"r1 &= {(percpu ? 1 : 7)}", "*(u32 *)(r10 - 4) = r1", $"r1 = map({(percpu ? "per_cpu" : "table")})", "r2 = r10", "r2 += -4", "call 1", $"if r0 == 0 goto {none}");
        if (_hasFlags)
        {
            Add("r1 = *(u64 *)(r0 + 0)");
            if (OneIn(2)) Add("r2 = r1", $"r2 &= {_random.Below(8)}", $"if r2 == {_random.Below(3)} goto {none}");
            // What others may have written, in the midst of it.
            if (OneIn(2)) Add("r3 = value(bytes)", $"r4 = *(u64 *)(r3 + {8 * _random.Below(8)})", "*(u8 *)(r7 + 0) = r4");
            Add("r1 += 64", "*(u64 *)(r0 + 0) = r1");
        }
        else if (OneIn(2)) Add("r1 = 1", "lock *(u64 *)(r0 + 0) += r1");
        else Add("r1 = *(u64 *)(r0 + 0)", "r1 += 1", "*(u64 *)(r0 + 0) = r1");
        Add($"{none}:");
    }

    /// <summary>An entry for the source address, made when there is none.</summary>
    void Remember()
    {
        string none = Label(), done = Label();
        Add("r1 = *(u32 *)(r7 + 26)", "*(u64 *)(r10 - 8) = r1", "r1 = map(hash)", "r2 = r10", "r2 += -8", "call 1", $"if r0 == 0 goto {none}", "r1 = *(u64 *)(r0 + 8)", "r1 += r9",
            "*(u64 *)(r0 + 8) = r1", $"goto {done}", $"{none}:", "*(u64 *)(r10 - 32) = r9", "*(u64 *)(r10 - 24) = 0", "*(u64 *)(r10 - 16) = 1", "r1 = map(hash)", "r2 = r10", "r2 += -8",
            "r3 = r10", "r3 += -32", $"r4 = {_random.Below(3)}", "call 2", $"{done}:");
    }

    void Return()
    {
        switch (_random.Below(9))
        {
            case 0: Add("r0 = r9", "r0 &= 3", "exit"); break;
            case 1: Add("r0 = r9", "r0 %= 6", "exit"); break;
            case 2:
                string other = Label();
                Add($"r0 = {_random.Below(5)}", $"if r9 > {_random.Below(20)} goto {other}", $"r0 = {_random.Below(5)}", $"{other}:", "exit");
                break;
            case 3: Add($"r1 = {_random.Below(3)}", "r2 = 0", "call 23", "exit"); break;
            case 4: Add("r1 = r6", $"r2 = {(OneIn(2) ? -4 : 4)}", $"call {(OneIn(2) ? 54 : 44)}", "r0 &= 1", $"r0 += {1 + _random.Below(2)}", "exit"); break;
            case 5: Add("r1 = *(u32 *)(r6 + 12)", "r0 = *(u32 *)(r6 + 16)", "r0 += r1", "r0 &= 3", "exit"); break;
            default: Add($"r0 = {_random.Below(6)}", "exit"); break;
        }
    }

    /// <summary>So many bytes from r7 on, or out.</summary>
    void Check(int bytes) => Add("r1 = r7", $"r1 += {bytes}", "if r1 > r8 goto out");

    void Add(params string[] lines) => _lines.AddRange(lines);

    bool OneIn(int bound) => _random.Below(bound) == 0;

    string Label() => $"l{_labels++}";
}
