using System.Buffers.Binary;

namespace Chainring.Kernels.Helpers;

/// <summary>Numbers out of text, and text compared (kernel/bpf/helpers.c, lib/kstrtox.c).</summary>
public static class TextHelpers
{
    /// <summary>No more of a text is looked at than fits the kernel's buffer with its terminator.</summary>
    const int MaxDigits = 63;

    const ulong BaseMask = 0x1f;

    /// <summary>How many bytes were read, or a negative errno; the result is 0 then.</summary>
    public static long ToSigned(ReadOnlySpan<byte> text, ulong flags, Span<byte> result)
    {
        BinaryPrimitives.WriteInt64LittleEndian(result, 0);
        long used = Parse(text, flags, out ulong value, out bool negative);
        if (used < 0) return used;
        if (negative ? (long)(0 - value) > 0 : (long)value < 0) return -Errno.Range;
        BinaryPrimitives.WriteUInt64LittleEndian(result, negative ? 0 - value : value);
        return used;
    }

    public static long ToUnsigned(ReadOnlySpan<byte> text, ulong flags, Span<byte> result)
    {
        BinaryPrimitives.WriteInt64LittleEndian(result, 0);
        long used = Parse(text, flags, out ulong value, out bool negative);
        if (used < 0) return used;
        if (negative) return -Errno.Invalid;
        BinaryPrimitives.WriteUInt64LittleEndian(result, value);
        return used;
    }

    /// <summary>-1, 0 or 1, as strncmp over all of the first text; both may end early, by a zero.</summary>
    public static long Compare(ReadOnlySpan<byte> text, ReadOnlySpan<byte> other)
    {
        for (int n = 0; n < text.Length; n++)
        {
            byte a = text[n], b = n < other.Length ? other[n] : (byte)0;
            if (a != b) return a < b ? -1 : 1;
            if (a == 0) break;
        }
        return 0;
    }

    static long Parse(ReadOnlySpan<byte> text, ulong flags, out ulong value, out bool negative)
    {
        (value, negative) = (0, false);
        uint radix = (uint)(flags & BaseMask);
        if (text.IsEmpty || radix is not (0 or 8 or 10 or 16) || (flags & ~BaseMask) != 0) return -Errno.Invalid;

        int start = 0;
        while (start < text.Length && IsSpace(text[start])) start++;
        negative = start < text.Length && text[start] == '-';
        if (negative) start++;
        if (start == text.Length) return -Errno.Invalid;

        var digits = text[start..];
        if (digits.Length > MaxDigits) digits = digits[..MaxDigits];
        bool hex = At(digits, 0) == '0' && (At(digits, 1) | 0x20) == 'x';
        if (radix == 0) radix = At(digits, 0) != '0' ? 10u : hex && DigitOf(At(digits, 2)) < 16 ? 16u : 8u;
        int prefix = radix == 16 && hex ? 2 : 0;

        bool overflow = false;
        int end = prefix;
        for (; DigitOf(At(digits, end)) is var digit && digit < radix; end++)
        {
            overflow |= value > (ulong.MaxValue - digit) / radix;
            value = value * radix + digit;
        }
        return overflow ? -Errno.Range : end == prefix ? -Errno.Invalid : start + end;
    }

    static byte At(ReadOnlySpan<byte> text, int n) => n < text.Length ? text[n] : (byte)0;

    static uint DigitOf(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - (uint)'0',
        >= (byte)'a' and <= (byte)'f' => c - (uint)'a' + 10,
        >= (byte)'A' and <= (byte)'F' => c - (uint)'A' + 10,
        _ => uint.MaxValue,
    };

    /// <summary>Latin-1's, the no-break space included.</summary>
    static bool IsSpace(byte c) => c is >= 9 and <= 13 or (byte)' ' or 0xa0;
}
