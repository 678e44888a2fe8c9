namespace Chainring.Offload.Elf.Core;

/// <summary>What a relocation comes to for one path: a number for the instruction.</summary>
/// <param name="Size">Of the field in bytes, where an instruction that loads or stores it must have that size; else 0.</param>
/// <param name="Type">The field's type, where there is a size.</param>
/// <param name="IsCertain">The compiler must have come to the same for the object's own type.</param>
readonly record struct CoreValue(ulong Number, uint Size = 0, uint Type = 0, bool IsCertain = true)
{
    /// <summary>The value for a path; null if it has none.</summary>
    public static CoreValue? Of(CoreKind kind, FieldPath path) =>
        kind.IsOfType() ? OfType(kind, path)
        : kind == CoreKind.EnumValueExists ? new(1)
        : kind == CoreKind.EnumValue ? OfEnumValue(path)
        : kind == CoreKind.FieldExists ? new(1)
        : path.Steps[^1].Name is null ? OfElement(kind, path)
        : OfMember(kind, path);

    /// <summary>The value where the target has no such type or field; null if the instruction cannot do without.</summary>
    public static CoreValue? OfNothing(CoreKind kind) => kind.IsQuestion() || kind.IsOfType() ? new(0) : null;

    static CoreValue? OfType(CoreKind kind, FieldPath path) => kind switch
    {
        // Linkers number types anew and leave the instruction as it was.
        CoreKind.LocalTypeId or CoreKind.TargetTypeId => new(path.Root, IsCertain: false),
        CoreKind.TypeSize => path.Btf.SizeOf(path.Root) is { } size ? new(size) : null,
        _ => new(1),
    };

    static CoreValue? OfEnumValue(FieldPath path) =>
        path.Btf.Find(path.Steps[0].Type) is { } type ? new(path.Btf.ValueAt(type, path.Steps[0].Index)) : null;

    static CoreValue? OfElement(CoreKind kind, FieldPath path)
    {
        uint type = path.Steps[^1].Type;
        if (path.Btf.SizeOf(type) is not { } size) return null;
        return kind switch
        {
            CoreKind.FieldOffset => new(path.BitOffset / 8, size, type),
            CoreKind.FieldSize => new(size),
            _ => null,
        };
    }

    static CoreValue? OfMember(CoreKind kind, FieldPath path)
    {
        var btf = path.Btf;
        if (btf.Find(path.Steps[^1].Type) is not { } structure || btf.MemberAt(structure, path.Steps[^1].Index) is not { } member) return null;
        if (btf.Strip(member.Type) is not { } type || btf.SizeOf(member.Type) is not { } bytes) return null;

        bool isBitfield = member.BitfieldBits > 0;
        uint bits = isBitfield ? (uint)member.BitfieldBits : bytes * 8, offset = path.BitOffset / 8;
        if (isBitfield)
        {
            if (type.Kind != BtfKind.Int && !type.IsEnumeration) return null;
            if (Unit(path.BitOffset, bits, ref bytes) is not { } start) return null;
            offset = start;
        }
        return kind switch
        {
            CoreKind.FieldOffset => isBitfield ? new(offset, IsCertain: false) : new(offset, bytes, type.Id),
            CoreKind.FieldSize => new(bytes, IsCertain: !isBitfield),
            CoreKind.FieldIsSigned => new(IsSigned(btf, type) ? 1ul : 0),
            CoreKind.FieldLeftShift => new(unchecked(64 - (path.BitOffset + bits - offset * 8)), IsCertain: !isBitfield),
            CoreKind.FieldRightShift => new(unchecked(64 - bits)),
            _ => null,
        };
    }

    /// <summary>Where the smallest aligned unit starts that holds a bit field, and how many bytes it has; null if no load is that large.</summary>
    static uint? Unit(uint bitOffset, uint bits, ref uint bytes)
    {
        if (bytes == 0) return null;
        uint start = bitOffset / 8 / bytes * bytes;
        while (bitOffset + bits - start * 8 > bytes * 8)
        {
            if (bytes >= 8) return null;
            bytes *= 2;
            start = bitOffset / 8 / bytes * bytes;
        }
        return start;
    }

    static bool IsSigned(Btf btf, in BtfType type) => type.Kind == BtfKind.Int ? btf.EncodingOf(type).HasFlag(IntEncoding.Signed) : type is { IsEnumeration: true, Flag: true };
}
