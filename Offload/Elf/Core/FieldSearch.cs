namespace Chainring.Offload.Elf.Core;

/// <summary>Finds in a target type what a path means in a type of the object: members by name, elements by index.</summary>
sealed class FieldSearch(Btf local, Btf target, TypeRules rules)
{
    /// <param name="found">The way to it, complete if the answer is yes.</param>
    public Match Find(FieldPath wanted, CoreKind kind, uint candidate, out FieldPath found)
    {
        found = new FieldPath(target, candidate);
        if (kind.IsOfType()) return kind == CoreKind.TypeMatches ? rules.Matches(wanted.Root, candidate) : rules.Agree(wanted.Root, candidate);
        if (kind.IsOfEnumValue()) return FindValue(wanted.Steps[0].Name!, candidate, found);

        uint at = candidate;
        for (int i = 0; i < wanted.Steps.Count; i++)
        {
            if (target.Strip(at) is not { } type) return Match.Unclear;
            var step = wanted.Steps[i];
            var match = step.Name is null ? FindElement(type, step.Index, isFirst: i == 0, found, ref at) : FindMember(step, type, found, ref at);
            if (match != Match.Yes) return match;
        }
        return Match.Yes;
    }

    Match FindValue(string name, uint candidate, FieldPath found)
    {
        if (target.Strip(candidate) is not { IsEnumeration: true } type) return Match.No;
        for (int i = 0; i < type.Count; i++)
        {
            if (!rules.MayGoOn() || target.ValueNameAt(type, i) is not { } other) return Match.Unclear;
            if (!Flavours.SameName(name, other)) continue;
            found.Steps.Add(new(type.Id, i, other));
            return Match.Yes;
        }
        return Match.No;
    }

    Match FindElement(in BtfType type, int index, bool isFirst, FieldPath found, ref uint at)
    {
        at = type.Id;
        if (!isFirst)
        {
            if (type.Kind != BtfKind.Array || !found.Admits(type, index)) return Match.No;
            if (target.Strip(target.ElementOf(type)) is not { } element) return Match.Unclear;
            at = element.Id;
        }
        if (found.Depth++ == FieldPath.MaxDepth) return Match.Unclear;
        return found.Element(at, index) ? Match.Yes : Match.Unclear;
    }

    Match FindMember(FieldStep wanted, BtfType type, FieldPath found, ref uint at)
    {
        if (!type.IsComposite) return Match.No;
        if (local.MemberAt(local.Find(wanted.Type)!.Value, wanted.Index) is not { } ours) return Match.Unclear;
        for (int i = 0; i < type.Count; i++)
        {
            if (!rules.MayGoOn() || found.Depth == FieldPath.MaxDepth || target.MemberAt(type, i) is not { } member) return Match.Unclear;
            found.BitOffset += member.BitOffset;
            found.Depth++;
            if (member.Name.Length == 0)
            {
                if (target.Strip(member.Type) is not { } inner) return Match.Unclear;
                if (FindMember(wanted, inner, found, ref at) is not Match.No and var match) return match;
            }
            else if (member.Name == ours.Name)
            {
                at = member.Type;
                var match = rules.FieldsAgree(ours.Type, member.Type);
                if (match == Match.Yes) found.Steps.Add(new(type.Id, i, member.Name));
                return match;
            }
            found.BitOffset -= member.BitOffset;
            found.Depth--;
        }
        return Match.No;
    }
}
