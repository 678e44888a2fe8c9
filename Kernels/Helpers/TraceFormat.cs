namespace Chainring.Kernels.Helpers;

/// <summary>What a piece of a format stands for.</summary>
enum TracePiece : byte
{
    /// <summary>A letter that is printed as it is.</summary>
    Letter,
    Number,
    LongNumber,
    Character,
    Text,

    /// <summary>What a pointer leads to, turned into text before anything is printed: an address of IPv4 or IPv6 (<c>%pI4</c> …), or a string (<c>%pks</c>).</summary>
    Ip,
    TextBehind,

    /// <summary>A pointer itself, as a number or as the name of a symbol.</summary>
    Pointer,
    Symbol,
}

/// <summary>Flags and width of one conversion.</summary>
record struct TraceField(bool Left, bool Zero, bool Plus, bool Space, int Width);

/// <summary>One letter or one conversion of a format.</summary>
/// <param name="Letter">That letter; of a number d, i, u, x or X; of an IP address 4 or 6.</param>
/// <param name="IsPlain">Of an IP address: all digits, without what separates them (<c>%pi6</c>).</param>
readonly record struct TraceConversion(TracePiece Piece, TraceField Field, char Letter, bool IsPlain = false);

/// <summary>A format as the kernel reads it for programs: what it allows of it (kernel/bpf/helpers.c, bpf_bprintf_prepare).</summary>
ref struct TraceFormat(ReadOnlySpan<byte> format)
{
    const int MaxWidth = (1 << 23) - 1;

    readonly ReadOnlySpan<byte> _format = format;
    int _at;

    /// <summary>The next piece; false at the end, or with a negative errno where it is none.</summary>
    public bool TryNext(out TraceConversion next, out int error)
    {
        (next, error) = (default, 0);
        if (_at == _format.Length) return false;
        char letter = Letter(0);
        if (letter is not ((>= ' ' and <= '~') or (>= '\t' and <= '\r'))) error = -Errno.Invalid;
        else if (letter != '%' || Letter(1) == '%') next = Plain(letter);
        else error = Conversion(out next);
        return error == 0;
    }

    TraceConversion Plain(char letter)
    {
        _at += letter == '%' ? 2 : 1;
        return new(TracePiece.Letter, default, letter);
    }

    int Conversion(out TraceConversion next)
    {
        _at++;
        var field = Field();
        char letter = Letter(0);
        next = new(letter == 'c' ? TracePiece.Character : TracePiece.Text, field, letter);
        switch (letter)
        {
            case 'p':
                if (!TryPointer(field, out next)) return -Errno.Invalid;
                // All letters that follow are taken for a part of the conversion.
                while (!Ends(1)) _at++;
                break;
            case 's' when !Ends(1):
                return -Errno.Invalid;
            case 's' or 'c':
                break;
            default:
                bool isLong = letter == 'l';
                if (isLong) _at++;
                if (isLong && Letter(0) == 'l') _at++;
                if (Letter(0) is not ('d' or 'i' or 'u' or 'x' or 'X')) return -Errno.Invalid;
                next = new(isLong ? TracePiece.LongNumber : TracePiece.Number, field, Letter(0));
                break;
        }
        _at++;
        return 0;
    }

    bool TryPointer(in TraceField field, out TraceConversion next)
    {
        char first = Letter(1), second = Letter(2);
        bool behind = first is 'k' or 'u' && second == 's', ip = first is 'i' or 'I' && second is '4' or '6', symbol = first is 's' or 'S' or 'B';
        next = new(
            behind ? TracePiece.TextBehind : ip ? TracePiece.Ip : symbol ? TracePiece.Symbol : TracePiece.Pointer,
            field, ip ? second : 'p', IsPlain: first == 'i');
        if (behind) return Ends(3);
        return ip || symbol || first is 'K' or 'x' || Ends(1);
    }

    TraceField Field()
    {
        var field = default(TraceField);
        for (; Letter(0) is '0' or '+' or '-' or ' '; _at++)
        {
            field = Letter(0) switch
            {
                '0' => field with { Zero = true },
                '+' => field with { Plus = true },
                '-' => field with { Left = true },
                _ => field with { Space = true },
            };
        }
        for (; char.IsAsciiDigit(Letter(0)); _at++) field.Width = Math.Min(MaxWidth, 10 * field.Width + Letter(0) - '0');
        return field;
    }

    /// <summary>The letter so far on; 0 behind the end.</summary>
    readonly char Letter(int ahead) => _at + ahead < _format.Length ? (char)_format[_at + ahead] : '\0';

    /// <summary>A conversion that letters could go on ends before white space, punctuation, and the end.</summary>
    readonly bool Ends(int ahead) => !char.IsAsciiLetterOrDigit(Letter(ahead));
}
