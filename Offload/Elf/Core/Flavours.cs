namespace Chainring.Offload.Elf.Core;

/// <summary>Names that only tell declarations apart: <c>sample___v1</c> and <c>sample</c> mean the same type.</summary>
static class Flavours
{
    /// <summary>The name before the last <c>___</c> that stands between other characters.</summary>
    public static string EssentialName(string name)
    {
        for (int at = name.Length - 5; at >= 0; at--)
        {
            if (name[at] != '_' && name.AsSpan(at + 1, 3).SequenceEqual("___") && name[at + 4] != '_') return name[..(at + 1)];
        }
        return name;
    }

    public static bool SameName(string one, string other) => EssentialName(one) == EssentialName(other);
}
