namespace Chainring.Offload.Elf.Core;

/// <summary>What an instruction wants to know of a type (<c>enum bpf_core_relo_kind</c>).</summary>
enum CoreKind : uint
{
    FieldOffset,
    FieldSize,
    FieldExists,
    FieldIsSigned,
    FieldLeftShift,
    FieldRightShift,
    LocalTypeId,
    TargetTypeId,
    TypeExists,
    TypeSize,
    EnumValueExists,
    EnumValue,
    TypeMatches,
}

static class CoreKinds
{
    public static bool IsKnown(this CoreKind kind) => kind <= CoreKind.TypeMatches;

    /// <summary>Of a whole type.</summary>
    public static bool IsOfType(this CoreKind kind) => kind is >= CoreKind.LocalTypeId and <= CoreKind.TypeSize or CoreKind.TypeMatches;

    public static bool IsOfEnumValue(this CoreKind kind) => kind is CoreKind.EnumValueExists or CoreKind.EnumValue;

    /// <summary>Asks whether something is there, and so always has an answer.</summary>
    public static bool IsQuestion(this CoreKind kind) =>
        kind is CoreKind.FieldExists or CoreKind.TypeExists or CoreKind.TypeMatches or CoreKind.EnumValueExists;
}
