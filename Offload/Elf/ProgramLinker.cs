using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// Lays out a program and its subprograms in libbpf's order: at the first reference to a function that is not there yet, its code is
/// appended and its own references follow at once, before the rest of the caller's.
/// </summary>
sealed class ProgramLinker(
    ElfImage image, FunctionTable functions, CodeReader reader, IReadOnlyDictionary<string, Result<LibxdpConfig>> configs,
    FunctionTypes types, LineTable lines, Btf btf)
{
    /// <summary>The kernel's limit for one program (BPF_COMPLEXITY_LIMIT_INSNS).</summary>
    const int MaxProgramSlots = 1_000_000;

    /// <summary>All programs of an object together; subprograms count once for each program that has them.</summary>
    const int MaxObjectSlots = 4_000_000;

    int _linkedSlots;

    /// <summary>
    /// All programs of the object; those of other types, and those that cannot be linked while another XDP program can, without code.
    /// </summary>
    public Result<List<ProgramSpec>> LinkAll()
    {
        var programs = new List<ProgramSpec>();
        Problem? first = null;
        bool any = false;
        var names = new HashSet<string>();
        foreach (var program in functions.Programs)
        {
            if (!names.Add(program.Name)) return LoadError.SecondProgram(image.Name, program.Name);
            string section = SectionNames.Plain(image.Sections[program.Section].Name);
            if (SectionNames.OtherTypeOf(section) is { } other)
            {
                programs.Add(Unlinked(program.Name, section) with { OtherType = other });
                continue;
            }
            bool links = Link(program, section).Try(out var spec, out var problem);
            programs.Add(links ? spec : Unlinked(program.Name, section) with { Problem = problem });
            any |= links;
            first ??= problem;
        }
        return first is null || any ? programs : first;
    }

    static ProgramSpec Unlinked(string name, string section) =>
        new() { Name = name, Section = section, Code = [], Functions = [], MapReferences = [] };

    Result<ProgramSpec> Link(ElfFunction program, string section)
    {
        if (!Place(program).Try(out var placed, out var problem)) return problem;
        bool isConfigured = configs.TryGetValue(program.Name, out var config);
        if (isConfigured && config.Problem is { } unreadable) return unreadable;

        var starts = new Dictionary<(int, int), int>();
        foreach (var (code, start) in placed) starts[PlaceOf(code)] = start;

        var (last, lastStart) = placed[^1];
        var linked = new Instruction[lastStart + last.Code.Length];
        var maps = new List<MapReference>();
        var externs = new List<ExternReference>();
        var missing = new List<MissingType>();
        foreach (var (code, start) in placed)
        {
            code.Code.CopyTo(linked, start);
            foreach (var map in code.Maps) maps.Add(map with { Slot = start + map.Slot });
            foreach (var symbol in code.Externs) externs.Add(symbol with { Slot = start + symbol.Slot });
            foreach (var type in code.MissingTypes) missing.Add(type with { Slot = start + type.Slot });
            foreach (var reference in code.References)
            {
                int slot = start + reference.Slot;
                int displacement = starts[(reference.Target.Section, reference.Target.Start)] - slot - 1;
                // An address keeps its displacement in the constant's lower half and leaves the upper one zero.
                linked[slot] = linked[slot] with { Immediate = linked[slot].IsLocalCall ? displacement : (uint)displacement };
            }
        }
        if (FirstReached(linked, missing) is { } unguarded) return LoadError.UnguardedType($"{image.Name}: {program.Name}", unguarded.Slot, unguarded.What);
        bool isTyped = types.TypeOf(program) is not null;
        List<LineRecord> records = [.. placed.SelectMany(p => lines.Of(p.Code.Function).Select(l => l with { Slot = p.Start + l.Slot }))];
        return new ProgramSpec
        {
            Name = program.Name,
            Section = section,
            Code = linked,
            Functions = [.. placed.Select(p => p.Start == 0 ? new FunctionSpec(program.Name, 0) : Subprogram(p.Code.Function, p.Start, isTyped))],
            MapReferences = maps,
            ExternReferences = externs,
            MissingTypes = missing,
            Lines = [.. records.Select(r => ProgramTypes.Line(btf, r)!.Value)],
            FunctionRecords = isTyped && placed.TrueForAll(p => types.TypeOf(p.Code.Function) is not null) ? [.. placed.Select(p => new FunctionRecord(p.Start, types.TypeOf(p.Code.Function)!.Value))] : [],
            LineRecords = records,
            RunConfig = isConfigured ? config.Value : null,
        };
    }

    FunctionSpec Subprogram(ElfFunction function, int start, bool isTyped)
    {
        var spec = new FunctionSpec(function.Name, start);
        return isTyped ? types.Typed(spec, function) : spec;
    }

    /// <summary>What is missing at an instruction that every run comes to before its first branch; null if nothing is.</summary>
    static MissingType? FirstReached(Instruction[] code, List<MissingType> missing)
    {
        if (missing.Count == 0) return null;
        int slot = 0;
        for (int steps = 0; steps < code.Length; steps++)
        {
            var i = code[slot];
            if (i.Kind is InstructionKind.Branch or InstructionKind.MayGoto or InstructionKind.Exit) return null;
            if (i.IsHelperCall && missing.FindIndex(m => m.Slot == slot) is >= 0 and var found) return missing[found];
            slot += i.Slots + (i.Kind == InstructionKind.Jump || i.IsLocalCall ? i.Displacement : 0);
        }
        return null;
    }

    /// <summary>Every function that the program needs, with the slot at which it starts, ascending.</summary>
    Result<List<(FunctionCode Code, int Start)>> Place(ElfFunction program)
    {
        var placed = new List<(FunctionCode Code, int Start)>();
        var seen = new HashSet<(int, int)>();
        var callers = new Stack<(FunctionCode Code, int NextReference)>();
        int slots = 0;

        Problem? Append(ElfFunction function)
        {
            if (!reader.Read(function).Try(out var code, out var problem)) return problem;
            seen.Add(PlaceOf(code));
            placed.Add((code, slots));
            callers.Push((code, 0));
            slots += code.Code.Length;
            _linkedSlots += code.Code.Length;
            if (slots > MaxProgramSlots) return LoadError.TooMuchCode($"{image.Name}: {program.Name}", MaxProgramSlots);
            return _linkedSlots > MaxObjectSlots ? LoadError.TooMuchCode(image.Name, MaxObjectSlots) : null;
        }

        if (Append(program) is { } unreadable) return unreadable;
        while (callers.TryPop(out var caller))
        {
            if (caller.NextReference == caller.Code.References.Count) continue;
            callers.Push((caller.Code, caller.NextReference + 1));
            var target = caller.Code.References[caller.NextReference].Target;
            if (!seen.Contains((target.Section, target.Start)) && Append(target) is { } problem) return problem;
        }
        return placed;
    }

    static (int Section, int Start) PlaceOf(FunctionCode code) => (code.Function.Section, code.Function.Start);
}
