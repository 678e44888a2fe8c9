using System.Text.RegularExpressions;
using Chainring.Nic.Wire;

namespace Chainring.Tests.Support;

/// <summary>Damage for fuzz tests: to bytes, and to text that has lines and words.</summary>
static partial class Mutation
{
    static readonly ulong[] Numbers =
        [0, 1, 2, 3, 4, 7, 8, 16, 24, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0xff00, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff, long.MaxValue, 1UL << 63, ulong.MaxValue];

    /// <summary>What YAML takes for more than text, and what its authors mean by numbers, names, truths and nothing.</summary>
    static readonly string[] Words =
    [
        "{", "}", "[", "]", ":", ": ", ",", "\"", "'", "&", "&a", "*", "*a", "!", "!!int", "!!binary", "|", ">", "|2-", "%", "%YAML 1.3\n", "@", "`", "-", "- ", "---\n", "...\n", "?", "? ",
        "<<: *a", " ", "\n", "\n  ", "\t", "#", " # ", "\0", "\u0085", "\u2028", "\ufeff", "\ud83d\ude00", "\ud800", "\\x41", "~", "null", "true", "no", "0", "-1", "07", "0x10", "1e9", ".inf", "1_000",
        "4294967296", "2147483647", "2147483648", "99999999999999999999", "255.255.255.255/33", "::1/128", "02:00:00:00:00:01", "deadbeef", "",
    ];

    /// <summary>Bits flipped, numbers written, pieces left out, repeated, exchanged, or taken from another file; half of it near the front, where headers are.</summary>
    public static byte[] Of(byte[] seed, byte[] other, int changes, ref SplitMix64 random)
    {
        List<byte> bytes = [.. seed];
        for (; changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Below(random.Below(2) == 0 ? Math.Min(100, bytes.Count) : bytes.Count);
            int count = Math.Min(random.Below(random.Below(4) == 0 ? 400 : 40), bytes.Count - at);
            switch (random.Below(9))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Below(8)); break;
                case 1: bytes[at] = (byte)random.Next(); break;
                case 2: if (random.Below(3) == 0) bytes.RemoveRange(at, bytes.Count - at); break;
                case 3: bytes.RemoveRange(at, count); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, count)); break;
                case 5: Splice(bytes, at, other, ref random); break;
                case 6: Exchange(bytes, at, random.Below(bytes.Count), count); break;
                default: WriteNumber(bytes, at, ref random); break;
            }
        }
        return [.. bytes];
    }

    /// <summary>Words and lines exchanged, repeated, left out, indented otherwise, or taken from another file.</summary>
    public static string Of(string seed, string other, int changes, ref SplitMix64 random)
    {
        string text = seed;
        for (; changes > 0; changes--)
        {
            text = random.Below(8) switch
            {
                0 or 1 => ChangeLines(text, other, ref random),
                2 or 3 or 4 => ChangeWords(text, other, ref random),
                5 when random.Below(4) == 0 => text[..random.Below(text.Length + 1)],
                _ => ChangeCharacters(text, ref random),
            };
        }
        return text;
    }

    static void Splice(List<byte> bytes, int at, byte[] other, ref SplitMix64 random)
    {
        int from = random.Below(other.Length + 1), count = Math.Min(random.Below(200), other.Length - from);
        if (random.Below(2) == 0) bytes.RemoveRange(at, Math.Min(count, bytes.Count - at));
        bytes.InsertRange(at, other.AsSpan(from, count));
    }

    static void Exchange(List<byte> bytes, int at, int with, int count)
    {
        for (int n = 0; n < count && at + n < bytes.Count && with + n < bytes.Count; n++)
            (bytes[at + n], bytes[with + n]) = (bytes[with + n], bytes[at + n]);
    }

    /// <summary>One that is often a border, or near the length of the file; 1 to 8 bytes wide, aligned, in either byte order.</summary>
    static void WriteNumber(List<byte> bytes, int at, ref SplitMix64 random)
    {
        int width = 1 << random.Below(4);
        at &= -width;
        ulong number = random.Below(4) == 0 ? (ulong)random.Below(2 * bytes.Count) : Numbers[random.Below(Numbers.Length)];
        bool isBig = random.Below(2) == 0;
        for (int n = 0; n < width && at + n < bytes.Count; n++) bytes[at + n] = (byte)(number >> 8 * (isBig ? width - 1 - n : n));
    }

    static string ChangeLines(string text, string other, ref SplitMix64 random)
    {
        List<string> lines = [.. text.Split('\n')];
        string[] others = other.Split('\n');
        int at = random.Below(lines.Count), with = random.Below(lines.Count);
        switch (random.Below(6))
        {
            case 0: (lines[at], lines[with]) = (lines[with], lines[at]); break;
            case 1: lines.Insert(with, lines[at]); break;
            case 2: lines.RemoveAt(at); break;
            case 3: lines.Insert(at, others[random.Below(others.Length)]); break;
            case 4: lines[at] = "  " + lines[at]; break;
            default: lines[at] = lines[at].Length > 2 ? lines[at][2..] : ""; break;
        }
        return string.Join('\n', lines);
    }

    static string ChangeWords(string text, string other, ref SplitMix64 random)
    {
        List<string> words = [.. Tokens().Matches(text).Select(match => match.Value)];
        var others = Tokens().Matches(other);
        if (words.Count == 0) return Words[random.Below(Words.Length)];
        int at = random.Below(words.Count), with = random.Below(words.Count);
        switch (random.Below(6))
        {
            case 0: (words[at], words[with]) = (words[with], words[at]); break;
            case 1: words.Insert(with, words[at]); break;
            case 2: words.RemoveAt(at); break;
            case 3 when others.Count > 0: words[at] = others[random.Below(others.Count)].Value; break;
            case 4: words.InsertRange(with, words.GetRange(at, Math.Min(random.Below(12), words.Count - at))); break;
            default: words[at] = Words[random.Below(Words.Length)]; break;
        }
        return string.Concat(words);
    }

    static string ChangeCharacters(string text, ref SplitMix64 random)
    {
        int at = random.Below(text.Length + 1), removed = Math.Min(random.Below(6), text.Length - at);
        return string.Concat(text.AsSpan(0, at), Words[random.Below(Words.Length)], text.AsSpan(at + removed));
    }

    [GeneratedRegex(@"[\w./-]+|\n *| +|.", RegexOptions.Singleline)]
    private static partial Regex Tokens();
}
