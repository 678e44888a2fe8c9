using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Chainring.Offload.Elf;

enum KernelConfigKind
{
    None,
    Bool,
    Character,
    Number,

    /// <summary><c>enum libbpf_tristate</c>.</summary>
    Tristate,

    Text,
}

/// <summary>A type that a kernel configuration value may have, and how its text becomes bytes.</summary>
readonly record struct KernelConfigType(KernelConfigKind Kind, int Size, int Alignment, bool IsSigned)
{
    const int MaxTextBytes = 4096;

    /// <summary>Why there is no such value; null if there is.</summary>
    public string? Fault => Kind == KernelConfigKind.None
        ? "it is declared with none of the types that such a value can have: bool, char, an integer, enum libbpf_tristate, an array of char"
        : null;

    public static KernelConfigType Of(Btf btf, uint id)
    {
        if (btf.Strip(id) is not { } type) return default(KernelConfigType) with { Alignment = 1 };
        if (type.Kind == BtfKind.Array && btf.ArrayLength(type) is > 0 and <= MaxTextBytes and var length && Of(btf, btf.ElementOf(type), isElement: true).Kind == KernelConfigKind.Character)
            return new(KernelConfigKind.Text, (int)length, 1, IsSigned: false);
        return Of(btf, id, isElement: false);
    }

    static KernelConfigType Of(Btf btf, uint id, bool isElement)
    {
        var none = new KernelConfigType(KernelConfigKind.None, 0, 1, IsSigned: false);
        if (btf.Strip(id) is not { } type) return none;
        bool isTristate = type is { IsEnumeration: true, SizeOrType: 4 } && btf.NameOf(type) == "libbpf_tristate";
        if (isTristate && !isElement) return new(KernelConfigKind.Tristate, 4, 4, IsSigned: false);
        if (type.Kind != BtfKind.Int || type.SizeOrType is not (1 or 2 or 4 or 8)) return none;
        var encoding = btf.EncodingOf(type);
        int size = (int)type.SizeOrType;
        if (encoding.HasFlag(IntEncoding.Bool)) return size == 1 ? new(KernelConfigKind.Bool, 1, 1, IsSigned: false) : none;
        return new(size == 1 ? KernelConfigKind.Character : KernelConfigKind.Number, size, size, encoding.HasFlag(IntEncoding.Signed));
    }

    /// <summary>Writes a value as a kernel's <c>.config</c> has it, or says why it does not fit.</summary>
    public string? Write(string text, Span<byte> into)
    {
        string? expected = Kind switch
        {
            KernelConfigKind.Text => WriteText(text, into),
            KernelConfigKind.Bool => text is "y" or "1" ? WriteNumber(1, into) : text is "n" or "0" ? WriteNumber(0, into) : "y or n",
            KernelConfigKind.Tristate => text.Length == 1 && "nym".IndexOf(text[0], StringComparison.Ordinal) is >= 0 and var state ? WriteNumber((ulong)state, into) : "y, m or n",
            KernelConfigKind.Character when text is "y" or "n" or "m" => WriteNumber(text[0], into),
            KernelConfigKind.None => null,
            _ => Number(text) is { } number && Fits(number) ? WriteNumber(number, into) : $"a whole number of {Size} bytes",
        };
        return expected is null ? Fault : $"its value '{text}' must be {expected}";
    }

    static string? WriteText(string text, Span<byte> into)
    {
        if (text.Length >= 2 && text[0] == '"' && text[^1] == '"') text = text[1..^1];
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length >= into.Length) return $"at most {into.Length - 1} bytes long";
        bytes.CopyTo(into);
        return null;
    }

    static string? WriteNumber(ulong number, Span<byte> into)
    {
        Span<byte> all = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(all, number);
        all[..into.Length].CopyTo(into);
        return null;
    }

    static ulong? Number(string text)
    {
        bool isNegative = text.StartsWith('-');
        var digits = text.AsSpan(isNegative ? 1 : 0);
        bool isHex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool isNumber = isHex
            ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong number)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        return isNumber ? isNegative ? 0 - number : number : null;
    }

    bool Fits(ulong number)
    {
        if (Size == sizeof(ulong)) return true;
        int bits = Size * 8;
        return IsSigned ? unchecked(number + (1UL << (bits - 1))) < 1UL << bits : number >> bits == 0;
    }
}
