namespace Chainring.Offload.Elf.Core;

/// <summary>
/// Resolves type relocations against other types, as libbpf does: a type's candidates are those of its name, flavours not looked at; all that
/// have the field must agree about it, and are the only ones from then on. Without other types, each type of the object stands for itself.
/// </summary>
sealed class CoreResolver
{
    const string Unclear = "its types are damaged or nested too deep";

    readonly Btf _local;
    readonly TargetTypes? _target;
    readonly Btf _types;
    readonly TypeRules _rules;
    readonly FieldSearch _search;
    readonly Dictionary<uint, List<uint>> _candidates = [];

    public CoreResolver(Btf local, TargetTypes? target)
    {
        (_local, _target, _types) = (local, target, target?.Btf ?? local);
        _rules = new TypeRules(local, _types);
        _search = new FieldSearch(local, _types, _rules);
    }

    /// <summary>To be asked in the order of the relocations, since each may rule candidates out for the next.</summary>
    public CoreResolution Resolve(in CoreRelocation relocation)
    {
        string type = FieldPath.NameOf(_local, relocation.Type);
        if (!relocation.Kind.IsKnown()) return CoreResolution.Failed(type, $"kind {(uint)relocation.Kind} is not known");
        if (_local.Find(relocation.Type) is not { } root) return CoreResolution.Failed(type, "there is no such type");
        if (FieldPath.Follow(_local, relocation) is not { } path) return CoreResolution.Failed(type, $"its path '{relocation.Path}' leads nowhere");

        string what = path.Describe(relocation.Kind);
        if (CoreValue.Of(relocation.Kind, path) is not { } own) return CoreResolution.Failed(what, "it has no such property");
        if (relocation.Kind == CoreKind.LocalTypeId) return new(what, own, own, MayResize: false);
        if (_target is not null && string.IsNullOrEmpty(_local.NameOf(root))) return CoreResolution.Failed(what, "a type without a name cannot be found");
        return Decide(relocation.Kind, path, own, what);
    }

    CoreResolution Decide(CoreKind kind, FieldPath path, CoreValue own, string what)
    {
        var fitting = new List<uint>();
        (CoreValue Value, uint BitOffset)? chosen = null;
        var candidates = CandidatesFor(path.Root);
        foreach (uint candidate in candidates)
        {
            var match = _search.Find(path, kind, candidate, out var found);
            if (match == Match.No) continue;
            if (match == Match.Unclear || CoreValue.Of(kind, found) is not { } value) return CoreResolution.Failed(what, Unclear);
            if (chosen is { } other && (other.BitOffset != found.BitOffset || other.Value.Number != value.Number))
                return CoreResolution.Failed(what, "several target types have it, and differ in it");
            chosen ??= (value, found.BitOffset);
            fitting.Add(candidate);
        }
        if (fitting.Count > 0) _candidates[path.Root] = fitting;
        var target = chosen?.Value ?? CoreValue.OfNothing(kind);
        return new(what, own, target, target is { } there && MayResize(own, there));
    }

    bool MayResize(CoreValue own, CoreValue target)
    {
        if (_local.Find(own.Type) is not { } ours || _types.Find(target.Type) is not { } theirs) return false;
        if (ours.Kind == BtfKind.Pointer && theirs.Kind == BtfKind.Pointer) return true;
        return ours.Kind == BtfKind.Int && theirs.Kind == BtfKind.Int
            && _local.EncodingOf(ours) != IntEncoding.Signed && _types.EncodingOf(theirs) != IntEncoding.Signed;
    }

    List<uint> CandidatesFor(uint root)
    {
        if (_candidates.TryGetValue(root, out var known)) return known;
        var type = _local.Find(root)!.Value;
        List<uint> candidates = _target is null
            ? [root]
            : [.. _target.Named(Flavours.EssentialName(_local.NameOf(type)!)).Where(id => TypeRules.SameKind(type, _types.Find(id)!.Value))];
        return _candidates[root] = candidates;
    }
}
