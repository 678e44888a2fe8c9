namespace Chainring.Kernels.Helpers;

/// <summary>A text as the kernel prints it for programs from arguments that are laid out already (lib/vsprintf.c, bstr_printf).</summary>
/// <remarks>A pointer is shown as it is, where the kernel shows a hash of it or the name of a symbol.</remarks>
/// <param name="text">Where it goes, as much of it as there is room for, with a 0 at its end.</param>
ref struct TraceText(Span<byte> text)
{
    const int PointerDigits = 16;

    readonly Span<byte> _text = text;

    /// <summary>Bytes of the whole text, of which <see cref="Written"/> may be a part.</summary>
    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _text[..Math.Min(Length, Math.Max(_text.Length - 1, 0))];

    bool IsFull => Length >= _text.Length;

    /// <param name="format">One for which the arguments were prepared.</param>
    public void Print(scoped ReadOnlySpan<byte> format, scoped ref TraceArguments arguments)
    {
        var pieces = new TraceFormat(format);
        while (pieces.TryNext(out var piece, out _)) Print(piece, ref arguments);
        End();
    }

    /// <summary>Puts the 0 behind what was written.</summary>
    public readonly void End()
    {
        if (_text.Length > 0) _text[Written.Length] = 0;
    }

    public void Put(byte letter)
    {
        if (!IsFull) _text[Length] = letter;
        Length++;
    }

    public void PutNumber(in TraceField field, ulong value, bool signed, uint radix, bool upper)
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

    void Print(in TraceConversion piece, scoped ref TraceArguments arguments)
    {
        switch (piece.Piece)
        {
            case TracePiece.Letter:
                Put((byte)piece.Letter);
                break;
            case TracePiece.Character:
                PutPadded(piece.Field, [(byte)arguments.Number(1)]);
                break;
            case TracePiece.Text:
                PutPadded(piece.Field, arguments.Text());
                break;
            case TracePiece.Ip or TracePiece.TextBehind when IsFull:
                // The kernel does not go on to the next argument then: what comes takes this one for its own.
                break;
            case TracePiece.Ip or TracePiece.TextBehind:
                PutPadded(default, arguments.Text());
                break;
            case TracePiece.Symbol:
                Put((byte)'0');
                Put((byte)'x');
                PutNumber(default, arguments.Number(sizeof(ulong)), signed: false, 16, upper: false);
                break;
            case TracePiece.Pointer:
                PutNumber(piece.Field.Width == 0 ? piece.Field with { Width = PointerDigits, Zero = true } : piece.Field, arguments.Number(sizeof(ulong)), signed: false, 16, upper: false);
                break;
            default:
                bool signed = piece.Letter is 'd' or 'i', isLong = piece.Piece == TracePiece.LongNumber;
                ulong number = arguments.Number(isLong ? sizeof(ulong) : sizeof(uint));
                if (signed && !isLong) number = (ulong)(int)number;
                PutNumber(piece.Field, number, signed, piece.Letter is 'x' or 'X' ? 16u : 10u, piece.Letter == 'X');
                break;
        }
    }

    void PutPadded(in TraceField field, scoped ReadOnlySpan<byte> bytes)
    {
        if (!field.Left) Repeat(' ', field.Width - bytes.Length);
        foreach (byte letter in bytes) Put(letter);
        if (field.Left) Repeat(' ', field.Width - bytes.Length);
    }

    void Repeat(char letter, int times)
    {
        for (; times > 0 && !IsFull; times--) Put((byte)letter);
        if (times > 0) Length += times;
    }
}
