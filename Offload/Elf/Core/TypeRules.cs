namespace Chainring.Offload.Elf.Core;

enum Match
{
    No,
    Yes,

    /// <summary>It cannot be said: a type is damaged, or they are nested too deep.</summary>
    Unclear,
}

/// <summary>When a type of an object and one of a target count as the same, by the rules of libbpf (relo_core.c).</summary>
sealed class TypeRules(Btf local, Btf target)
{
    const int MaxDepth = 32;

    /// <summary>More comparisons for one object mean that its types are made to take for ever.</summary>
    const int MaxSteps = 4_000_000;

    int _steps;

    /// <summary>To be asked at every comparison; false once there have been too many.</summary>
    public bool MayGoOn() => ++_steps <= MaxSteps;

    public static bool SameKind(in BtfType one, in BtfType other) => one.Kind == other.Kind || (one.IsEnumeration && other.IsEnumeration);

    /// <summary>A field of one type may be read as one of the other.</summary>
    public Match FieldsAgree(uint localId, uint targetId)
    {
        for (int depth = 0; depth < MaxDepth && MayGoOn(); depth++)
        {
            if (local.Strip(localId) is not { } ours || target.Strip(targetId) is not { } theirs) return Match.Unclear;
            if (ours.IsComposite && theirs.IsComposite) return Match.Yes;
            if (!SameKind(ours, theirs)) return Match.No;
            switch (ours.Kind)
            {
                case BtfKind.Pointer or BtfKind.Float:
                    return Match.Yes;
                case BtfKind.Forward or BtfKind.Enum or BtfKind.Enum64:
                    var (name, other) = (local.NameOf(ours), target.NameOf(theirs));
                    return If(string.IsNullOrEmpty(name) || string.IsNullOrEmpty(other) || Flavours.SameName(name, other));
                case BtfKind.Int:
                    return If(!local.IsShifted(ours) && !target.IsShifted(theirs));
                case BtfKind.Array:
                    (localId, targetId) = (local.ElementOf(ours), target.ElementOf(theirs));
                    break;
                default:
                    return Match.No;
            }
        }
        return Match.Unclear;
    }

    /// <summary>The types are of one kind, and so is what they point to, contain and return; members do not count.</summary>
    public Match Agree(uint localId, uint targetId, int level = MaxDepth)
    {
        if (local.Find(localId) is not { } declared || target.Find(targetId) is not { } candidate) return Match.Unclear;
        if (!SameKind(declared, candidate)) return Match.No;
        for (int depth = 0; depth < MaxDepth && MayGoOn(); depth++)
        {
            if (local.Strip(localId) is not { } ours || target.Strip(targetId) is not { } theirs) return Match.Unclear;
            if (!SameKind(ours, theirs)) return Match.No;
            switch (ours.Kind)
            {
                case BtfKind.Void or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Forward:
                    return Match.Yes;
                case BtfKind.Int:
                    return If(!local.IsShifted(ours) && !target.IsShifted(theirs));
                case BtfKind.Pointer:
                    (localId, targetId) = (ours.SizeOrType, theirs.SizeOrType);
                    break;
                case BtfKind.Array:
                    (localId, targetId) = (local.ElementOf(ours), target.ElementOf(theirs));
                    break;
                case BtfKind.FunctionPrototype:
                    if (ours.Count != theirs.Count) return Match.No;
                    for (int i = 0; i < ours.Count; i++)
                    {
                        if (level <= 0) return Match.Unclear;
                        if (local.Strip(local.ParameterAt(ours, i)) is not { } one || target.Strip(target.ParameterAt(theirs, i)) is not { } other)
                            return Match.Unclear;
                        if (Agree(one.Id, other.Id, level - 1) is not Match.Yes and var differs) return differs;
                    }
                    (localId, targetId) = (ours.SizeOrType, theirs.SizeOrType);
                    break;
                default:
                    return Match.No;
            }
        }
        return Match.Unclear;
    }

    /// <summary>The target has all that the object's type has: members, values, parameters, each matching in turn.</summary>
    public Match Matches(uint localId, uint targetId, bool behindPointer = false, int level = MaxDepth)
    {
        if (level <= 0) return Match.Unclear;
        for (int depth = 0; depth < MaxDepth && MayGoOn(); depth++)
        {
            if (local.Strip(localId) is not { } ours || target.Strip(targetId) is not { } theirs) return Match.Unclear;
            if (!SameNames(local.NameOf(ours), target.NameOf(theirs))) return Match.No;
            if (ours.Kind is BtfKind.Forward || (ours.IsComposite && behindPointer)) return If(Declares(ours, theirs, behindPointer));
            if (!SameKind(ours, theirs)) return Match.No;
            switch (ours.Kind)
            {
                case BtfKind.Void:
                    return Match.Yes;
                case BtfKind.Enum or BtfKind.Enum64:
                    return If(HasValues(ours, theirs));
                case BtfKind.Struct or BtfKind.Union:
                    return HasMembers(ours, theirs, level);
                case BtfKind.Int:
                    return If(ours.SizeOrType == theirs.SizeOrType
                        && ((local.EncodingOf(ours) ^ target.EncodingOf(theirs)) & IntEncoding.Signed) == 0);
                case BtfKind.Pointer:
                    behindPointer = true;
                    (localId, targetId) = (ours.SizeOrType, theirs.SizeOrType);
                    break;
                case BtfKind.Array:
                    if (local.ArrayLength(ours) != target.ArrayLength(theirs)) return Match.No;
                    (localId, targetId) = (local.ElementOf(ours), target.ElementOf(theirs));
                    break;
                case BtfKind.FunctionPrototype:
                    if (ours.Count != theirs.Count) return Match.No;
                    for (int i = 0; i < ours.Count; i++)
                    {
                        if (Matches(local.ParameterAt(ours, i), target.ParameterAt(theirs, i), behindPointer, level - 1) is not Match.Yes and var differs)
                            return differs;
                    }
                    (localId, targetId) = (ours.SizeOrType, theirs.SizeOrType);
                    break;
                default:
                    return Match.No;
            }
        }
        return Match.Unclear;
    }

    /// <summary>Structures behind a pointer, and forward declarations: only the name and whether it is a union count.</summary>
    static bool Declares(in BtfType ours, in BtfType theirs, bool behindPointer)
    {
        if (!behindPointer || (ours.IsComposite && theirs.IsComposite)) return ours.Kind == theirs.Kind && (ours.IsComposite || ours.Flag == theirs.Flag);
        return (IsUnion(ours), IsUnion(theirs)) is ({ } one, { } other) && one == other;

        static bool? IsUnion(in BtfType type) => type.IsComposite ? type.Kind == BtfKind.Union : type.Kind == BtfKind.Forward ? type.Flag : null;
    }

    bool HasValues(BtfType ours, BtfType theirs)
    {
        if (ours.SizeOrType != theirs.SizeOrType || ours.Count > theirs.Count) return false;
        for (int i = 0; i < ours.Count; i++)
        {
            string? name = local.ValueNameAt(ours, i);
            bool found = false;
            for (int n = 0; n < theirs.Count && !found && MayGoOn(); n++) found = SameNames(name, target.ValueNameAt(theirs, n));
            if (!found) return false;
        }
        return true;
    }

    Match HasMembers(BtfType ours, BtfType theirs, int level)
    {
        if (ours.Count > theirs.Count) return Match.No;
        for (int i = 0; i < ours.Count; i++)
        {
            if (local.MemberAt(ours, i) is not { } member) return Match.Unclear;
            bool found = false;
            for (int n = 0; n < theirs.Count && !found; n++)
            {
                if (!MayGoOn() || target.MemberAt(theirs, n) is not { } candidate) return Match.Unclear;
                if (!SameNames(member.Name, candidate.Name)) continue;
                var match = Matches(member.Type, candidate.Type, behindPointer: false, level - 1);
                if (match == Match.Unclear) return match;
                found = match == Match.Yes;
            }
            if (!found) return Match.No;
        }
        return Match.Yes;
    }

    static bool SameNames(string? ours, string? theirs) =>
        string.IsNullOrEmpty(theirs) ? string.IsNullOrEmpty(ours) : Flavours.SameName(ours ?? "", theirs);

    static Match If(bool condition) => condition ? Match.Yes : Match.No;
}
