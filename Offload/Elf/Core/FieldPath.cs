using System.Globalization;
using System.Text;

namespace Chainring.Offload.Elf.Core;

/// <summary>A step of a path that means something: a named member of a structure, or an element of an array (then without a name).</summary>
readonly record struct FieldStep(uint Type, int Index, string? Name);

/// <summary>The way from a type to a field in it, with the bits that lie before the field; or one value of an enumeration, as its first step.</summary>
sealed class FieldPath(Btf btf, uint root)
{
    /// <summary>Levels of nesting, anonymous structures included, as in libbpf.</summary>
    public const int MaxDepth = 64;

    public Btf Btf => btf;

    public uint Root => root;

    public List<FieldStep> Steps { get; } = [];

    /// <summary>Modulo 2^32, as in libbpf.</summary>
    public uint BitOffset { get; set; }

    public int Depth { get; set; }

    /// <summary>Follows a relocation's path in the object's own types; null if it leads nowhere.</summary>
    public static FieldPath? Follow(Btf btf, in CoreRelocation relocation)
    {
        var path = new FieldPath(btf, relocation.Type);
        if (relocation.Kind.IsOfType()) return relocation.Path == "0" ? path : null;
        if (Numbers(relocation.Path) is not { } numbers || btf.Strip(relocation.Type) is not { } type) return null;
        if (relocation.Kind.IsOfEnumValue())
        {
            if (!type.IsEnumeration || numbers.Count > 1 || numbers[0] >= type.Count || btf.ValueNameAt(type, numbers[0]) is not { } name) return null;
            path.Steps.Add(new(type.Id, numbers[0], name));
            return path;
        }
        if (!path.Element(type.Id, numbers[0])) return null;
        foreach (int number in numbers.Skip(1))
        {
            if (path.Into(type, number) is not { } next) return null;
            type = next;
        }
        return path;
    }

    /// <summary>Adds an element of consecutive ones of a type; false if that has no size.</summary>
    public bool Element(uint type, int index)
    {
        if (btf.SizeOf(type) is not { } size) return false;
        Steps.Add(new(type, index, null));
        BitOffset += (uint)index * size * 8;
        return true;
    }

    /// <summary>An array may be read beyond its length if that is 0 and it ends the structure of the step before it.</summary>
    public bool Admits(in BtfType array, int index)
    {
        if ((uint)index < btf.ArrayLength(array)) return true;
        return btf.ArrayLength(array) == 0 && Steps[^1] is { Name: not null } step
            && btf.Find(step.Type) is { } structure && step.Index == structure.Count - 1;
    }

    /// <summary><c>struct iphdr.saddr</c>, <c>struct key.port[3]</c>, <c>enum state::READY</c></summary>
    public string Describe(CoreKind kind)
    {
        var text = new StringBuilder(NameOf(btf, root));
        if (kind.IsOfEnumValue()) return text.Append("::").Append(Steps[0].Name).ToString();
        for (int i = 0; i < Steps.Count; i++)
        {
            if (Steps[i].Name is { } name) text.Append('.').Append(name);
            else if (i > 0 || Steps[i].Index > 0) text.Append(CultureInfo.InvariantCulture, $"[{Steps[i].Index}]");
        }
        return text.ToString();
    }

    /// <summary>A type as C writes it.</summary>
    public static string NameOf(Btf btf, uint id)
    {
        if (btf.Find(id) is not { } type) return $"type {id}";
        string kind = type.Kind switch
        {
            BtfKind.Struct => "struct ",
            BtfKind.Union => "union ",
            BtfKind.Enum or BtfKind.Enum64 => "enum ",
            _ => "",
        };
        return btf.NameOf(type) is { Length: > 0 } name ? kind + name : $"{kind}{(kind.Length > 0 ? "without a name" : $"type {id}")}";
    }

    BtfType? Into(in BtfType type, int number)
    {
        Depth++;
        if (type.IsComposite)
        {
            if (number >= type.Count || btf.MemberAt(type, number) is not { } member) return null;
            BitOffset += member.BitOffset;
            if (member.Name.Length > 0) Steps.Add(new(type.Id, number, member.Name));
            return btf.Strip(member.Type);
        }
        if (type.Kind != BtfKind.Array || btf.Strip(btf.ElementOf(type)) is not { } element) return null;
        return Admits(type, number) && Element(element.Id, number) ? element : null;
    }

    static List<int>? Numbers(string path)
    {
        var numbers = new List<int>();
        foreach (var part in path.Split(':'))
        {
            if (numbers.Count == MaxDepth || !int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return null;
            numbers.Add(number);
        }
        return numbers;
    }
}
