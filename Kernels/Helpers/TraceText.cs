using System.Buffers.Binary;
using Chainring.Kernels.Interpreter;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// A text formatted as the kernel formats it for programs (kernel/bpf/helpers.c, bpf_bprintf_prepare; lib/vsprintf.c, bstr_printf): what is
/// allowed, what it looks like, and what is refused as a whole.
/// </summary>
/// <remarks>A pointer is shown as it is, where the kernel shows a hash of it or the name of a symbol.</remarks>
ref struct TraceText(Span<byte> text, ref readonly Memory memory)
{
    /// <summary>The longest text, with the 0 at its end.</summary>
    public const int MaxBytes = 1024;

    /// <summary>Room for what the arguments are, strings included.</summary>
    const int ArgumentBytes = 512;

    const int Ipv4Bytes = 4, Ipv6Bytes = 16, PointerDigits = 16;

    readonly Span<byte> _text = text;
    readonly Memory _memory = memory;
    int _argumentBytes = ArgumentBytes;

    /// <summary>Bytes of the whole text, of which <see cref="Written"/> may be a part.</summary>
    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _text[..Math.Min(Length, MaxBytes - 1)];

    /// <summary>Flags and width of one conversion.</summary>
    record struct Field(bool Left, bool Zero, bool Plus, bool Space, int Width);

    public int Format(scoped ReadOnlySpan<byte> format, scoped ReadOnlySpan<ulong> arguments)
    {
        int end = format.IndexOf((byte)0);
        if (end < 0) return -Errno.Invalid;
        format = format[..end];
        int next = 0;
        for (int at = 0; at < format.Length; at++)
        {
            byte letter = format[at];
            if (letter is not ((>= 0x20 and <= 0x7e) or (>= 9 and <= 13))) return -Errno.Invalid;
            if (letter != '%')
            {
                Put(letter);
                continue;
            }
            if (LetterAt(format, at + 1) == '%')
            {
                Put((byte)'%');
                at++;
                continue;
            }
            if (next == arguments.Length) return -Errno.Invalid;
            at++;
            var field = FieldAt(format, ref at);
            int error = Convert(format, ref at, field, arguments[next++]);
            if (error != 0) return error;
        }
        return 0;
    }

    static Field FieldAt(scoped ReadOnlySpan<byte> format, ref int at)
    {
        var field = default(Field);
        for (; LetterAt(format, at) is '0' or '+' or '-' or ' '; at++)
        {
            field = LetterAt(format, at) switch
            {
                '0' => field with { Zero = true },
                '+' => field with { Plus = true },
                '-' => field with { Left = true },
                _ => field with { Space = true },
            };
        }
        const int maxWidth = (1 << 23) - 1;
        if (LetterAt(format, at) == '0') return field;
        for (; char.IsAsciiDigit(LetterAt(format, at)); at++) field.Width = Math.Min(maxWidth, 10 * field.Width + LetterAt(format, at) - '0');
        return field;
    }

    /// <summary>One conversion; leaves <paramref name="at"/> at its last letter.</summary>
    int Convert(scoped ReadOnlySpan<byte> format, ref int at, in Field field, ulong argument)
    {
        switch (LetterAt(format, at))
        {
            case 'p':
                int error = ConvertPointer(format, ref at, field, argument);
                // The kernel takes all letters that follow for a part of the conversion.
                while (!Ends(format, at + 1)) at++;
                return error;
            case 's':
                return Ends(format, at + 1) ? PutString(field, argument) : -Errno.Invalid;
            case 'c':
                if (!Spend(1, align: 1)) return -Errno.NoSpace;
                PutPadded(field, [(byte)argument]);
                return 0;
        }
        bool isLong = LetterAt(format, at) == 'l';
        if (isLong) at++;
        if (isLong && LetterAt(format, at) == 'l') at++;
        char kind = LetterAt(format, at);
        if (kind is not ('d' or 'i' or 'u' or 'x' or 'X')) return -Errno.Invalid;
        if (!Spend(isLong ? sizeof(long) : sizeof(int), align: sizeof(int))) return -Errno.NoSpace;
        bool signed = kind is 'd' or 'i';
        long value = isLong ? (long)argument : signed ? (int)argument : (uint)argument;
        PutNumber(field, (ulong)value, signed, kind is 'x' or 'X' ? 16u : 10u, kind == 'X');
        return 0;
    }

    int ConvertPointer(scoped ReadOnlySpan<byte> format, ref int at, in Field field, ulong argument)
    {
        char first = LetterAt(format, at + 1), second = LetterAt(format, at + 2);
        if (first is 'k' or 'u' && second == 's')
        {
            at += 2;
            return Ends(format, at + 1) ? PutString(field, argument) : -Errno.Invalid;
        }
        if (first is 'i' or 'I' && second is '4' or '6')
        {
            at += 2;
            return PutIp(argument, second == '4' ? Ipv4Bytes : Ipv6Bytes, isPlain: first == 'i');
        }
        bool isSymbol = first is 's' or 'S' or 'B';
        if (!Ends(format, at + 1) && !isSymbol && first is not ('K' or 'x')) return -Errno.Invalid;
        if (!Ends(format, at + 1)) at++;
        if (!Spend(sizeof(ulong), align: sizeof(int))) return -Errno.NoSpace;
        if (isSymbol)
        {
            Put((byte)'0');
            Put((byte)'x');
            PutNumber(default, argument, signed: false, 16, upper: false);
        }
        else
        {
            PutNumber(field.Width == 0 ? field with { Width = PointerDigits, Zero = true } : field, argument, signed: false, 16, upper: false);
        }
        return 0;
    }

    /// <summary>A string that cannot be read is empty.</summary>
    int PutString(in Field field, ulong address)
    {
        if (_argumentBytes == 0) return -Errno.NoSpace;
        Span<byte> copy = stackalloc byte[ArgumentBytes];
        int length = 0;
        for (; length < _argumentBytes - 1; length++)
        {
            if (_memory.Reach(address + (uint)length, 1, MemoryAccess.Read, out var letter) != AbortReason.None)
            {
                length = 0;
                break;
            }
            if (letter[0] == 0) break;
            copy[length] = letter[0];
        }
        Spend(length + 1, align: 1);
        PutPadded(field, copy[..length]);
        return 0;
    }

    /// <summary>An address that cannot be read is all zeroes.</summary>
    int PutIp(ulong address, int bytes, bool isPlain)
    {
        if (_argumentBytes < bytes) return -Errno.NoSpace;
        Span<byte> ip = stackalloc byte[Ipv6Bytes];
        ip.Clear();
        if (_memory.Reach(address, bytes, MemoryAccess.Read, out var source) == AbortReason.None) source.CopyTo(ip);
        int before = Length;
        for (int n = 0; n < bytes; n += bytes == Ipv4Bytes ? 1 : 2)
        {
            if (n > 0 && (bytes == Ipv4Bytes || !isPlain)) Put((byte)(bytes == Ipv4Bytes ? '.' : ':'));
            if (bytes == Ipv4Bytes) PutNumber(isPlain ? new() { Zero = true, Width = 3 } : default, ip[n], signed: false, 10, upper: false);
            else PutNumber(new() { Zero = true, Width = 4 }, BinaryPrimitives.ReadUInt16BigEndian(ip[n..]), signed: false, 16, upper: false);
        }
        return Spend(Length - before + 1, align: 1) ? 0 : -Errno.NoSpace;
    }

    void PutNumber(in Field field, ulong value, bool signed, uint radix, bool upper)
    {
        bool negative = signed && (long)value < 0;
        if (negative) value = (ulong)-(long)value;
        char sign = negative ? '-' : !signed ? '\0' : field.Plus ? '+' : field.Space ? ' ' : '\0';
        Span<byte> digits = stackalloc byte[20];
        int first = digits.Length;
        do
        {
            int digit = (int)(value % radix);
            digits[--first] = (byte)(digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10);
            value /= radix;
        }
        while (value != 0);

        int padding = field.Width - (digits.Length - first) - (sign == '\0' ? 0 : 1);
        if (!field.Left && !field.Zero) Repeat(' ', padding);
        if (sign != '\0') Put((byte)sign);
        if (!field.Left && field.Zero) Repeat('0', padding);
        foreach (byte digit in digits[first..]) Put(digit);
        if (field.Left) Repeat(' ', padding);
    }

    void PutPadded(in Field field, scoped ReadOnlySpan<byte> bytes)
    {
        if (!field.Left) Repeat(' ', field.Width - bytes.Length);
        foreach (byte letter in bytes) Put(letter);
        if (field.Left) Repeat(' ', field.Width - bytes.Length);
    }

    void Repeat(char letter, int times)
    {
        for (; times > 0 && Length < MaxBytes; times--) Put((byte)letter);
        if (times > 0) Length += times;
    }

    void Put(byte letter)
    {
        if (Length < MaxBytes) _text[Length] = letter;
        Length++;
    }

    bool Spend(int bytes, int align)
    {
        int left = _argumentBytes / align * align;
        if (left < bytes) return false;
        _argumentBytes = left - bytes;
        return true;
    }

    /// <summary>0 behind the end.</summary>
    static char LetterAt(scoped ReadOnlySpan<byte> format, int at) => at < format.Length ? (char)format[at] : '\0';

    /// <summary>A conversion that letters could go on ends before white space, punctuation, and the end.</summary>
    static bool Ends(scoped ReadOnlySpan<byte> format, int at) => LetterAt(format, at) is var letter && !char.IsAsciiLetterOrDigit(letter);
}
