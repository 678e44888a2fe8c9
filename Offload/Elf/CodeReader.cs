using Chainring.Offload.Elf.Core;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>A call of a function, or a constant that is its address, by slot within the function that refers.</summary>
readonly record struct FunctionReference(int Slot, ElfFunction Target);

/// <summary>
/// One function by itself: its maps and externs are named, and what it refers to in other functions, and which types it misses, is listed,
/// ascending by slot.
/// </summary>
sealed record FunctionCode(
    ElfFunction Function, Instruction[] Code, IReadOnlyList<MapReference> Maps, IReadOnlyList<ExternReference> Externs,
    IReadOnlyList<FunctionReference> References, IReadOnlyList<MissingType> MissingTypes);

/// <summary>Decodes, relocates and checks functions, each once and only when a program needs it.</summary>
sealed class CodeReader(ElfImage image, MapTable maps, FunctionTable functions, ExternTable externs, CoreTable types)
{
    readonly Dictionary<int, FunctionCode> _read = [];
    readonly Dictionary<int, ElfRelocation[]> _relocations = [];

    public Result<FunctionCode> Read(ElfFunction function)
    {
        if (_read.TryGetValue(function.Index, out var known)) return known;

        string owner = $"{image.Name}: {function.Name}";
        var section = image.Sections[function.Section];
        var bytes = image.Contents(section).Slice(function.Start, function.Size);
        if (bytes.IsEmpty) return LoadError.EmptyFunction(owner);
        var missing = new List<MissingType>();
        if (!ResolveTypes(function, owner, bytes, missing).Try(out bytes, out var unresolved)) return unresolved;
        if (!Encoding.Decode(bytes.Span, owner).Try(out var code, out var problem)) return problem;
        if (!RelocationsOf(section).Try(out var relocations, out problem)) return problem;

        var body = new Body(this, function, owner, bytes, code);
        foreach (var relocation in relocations.AsSpan(Ascending.FirstFrom(relocations, function.Start, r => r.Offset)..))
        {
            if (relocation.Offset >= function.Start + function.Size) break;
            if (body.Relocate(relocation) is { } fault) return fault;
        }
        if (body.ReferToNeighbours() is { } unnamed) return unnamed;
        if (CodeChecks.Check(code, bytes.Span, owner) is { } malformed) return malformed;
        return _read[function.Index] = body.Finish(missing);
    }

    /// <summary>The function's code with its type relocations applied, and what it has none of the types for.</summary>
    Result<ReadOnlyMemory<byte>> ResolveTypes(ElfFunction function, string owner, ReadOnlyMemory<byte> bytes, List<MissingType> missing)
    {
        byte[]? changed = null;
        foreach (var (offset, resolution) in types.Of(function.Section, function.Start, function.Size))
        {
            int slot = offset / Encoding.SlotBytes;
            var raw = bytes.Span.Slice(slot * Encoding.SlotBytes, Encoding.SlotBytes);
            changed ??= bytes.ToArray();
            bool isMissing = false;
            string? fault = offset % Encoding.SlotBytes != 0 ? "it is no place of an instruction"
                : resolution.Fault ?? CorePatch.Apply(changed.AsSpan(offset), resolution, out isMissing);
            if (fault is not null) return LoadError.TypeRelocation(owner, slot, raw, resolution.What, fault);
            if (isMissing) missing.Add(new(slot, resolution.What));
        }
        return changed is null ? bytes : changed.AsMemory();
    }

    Result<ElfRelocation[]> RelocationsOf(in ElfSection section)
    {
        if (_relocations.TryGetValue(section.Index, out var known)) return known;
        if (!image.RelocationsOf(section).Try(out var relocations, out var problem)) return problem;
        return _relocations[section.Index] = relocations;
    }

    /// <summary>A function while its references are being resolved, in place in <paramref name="code"/>.</summary>
    sealed class Body(CodeReader reader, ElfFunction function, string owner, ReadOnlyMemory<byte> bytes, Instruction[] code)
    {
        readonly HashSet<int> _relocated = [];
        readonly List<MapReference> _maps = [];
        readonly List<ExternReference> _externs = [];
        readonly List<FunctionReference> _references = [];

        ElfImage Image => reader.Image;

        ReadOnlySpan<byte> Raw(int slot) => bytes.Span.Slice(slot * Encoding.SlotBytes, Encoding.SlotBytes);

        public Problem? Relocate(in ElfRelocation relocation)
        {
            int slot = (relocation.Offset - function.Start) / Encoding.SlotBytes;
            var symbol = Image.Symbols[relocation.Symbol];
            if (!Image.NameOf(symbol).Try(out var name, out var problem)) return problem;

            bool isCall = code[slot].Kind == InstructionKind.Call, isConstant = code[slot].Kind == InstructionKind.LoadConstant;
            if (relocation.Offset % Encoding.SlotBytes != 0 || !(isCall || isConstant) || !_relocated.Add(slot))
                return LoadError.RelocationPlace(owner, slot, Raw(slot), name);
            if (relocation.Type != (isCall ? ElfRelocation.Call : ElfRelocation.Constant))
                return LoadError.RelocationType(owner, slot, Raw(slot), name, relocation.Type);
            if (symbol.IsUndefined) return ReferToExtern(slot, name, symbol.IsWeak);
            if (!symbol.InSection) return LoadError.RelocationSection(owner, slot, Raw(slot), name, "(none)");

            var section = Image.Sections[symbol.Section];
            long addend = (int)code[slot].Immediate;
            if (section.IsCode && isCall) return ReferToFunction(slot, name, section, symbol.Value + (addend + 1) * Encoding.SlotBytes);
            if (section.IsCode) return ReferToFunction(slot, name, section, symbol.Value + addend);
            if (isCall || !reader.Maps.MapSections.Contains(section.Index))
                return LoadError.RelocationSection(owner, slot, Raw(slot), name, section.Name);
            return ReferToMap(slot, name, section, symbol.Value + addend);
        }

        /// <summary>Calls within a section need no relocation; anything else that names something by number does.</summary>
        public Problem? ReferToNeighbours()
        {
            var section = Image.Sections[function.Section];
            for (int slot = 0; slot < code.Length; slot++)
            {
                var instruction = code[slot];
                if (_relocated.Contains(slot)) continue;
                if (instruction.Kind == InstructionKind.LoadConstant && instruction.Constant != ConstantKind.Value)
                    return LoadError.RawReference(owner, slot, Raw(slot));
                if (instruction.Kind != InstructionKind.Call || instruction.Call == CallKind.Helper) continue;
                if (instruction.Call == CallKind.Kfunc) return LoadError.UnnamedKernelFunction(owner, slot, Raw(slot));
                long target = function.Start + (slot + 1L + (int)instruction.Immediate) * Encoding.SlotBytes;
                if (ReferToFunction(slot, section.Name, section, target) is { } problem) return problem;
            }
            return null;
        }

        public FunctionCode Finish(IReadOnlyList<MissingType> missing)
        {
            _references.Sort((a, b) => a.Slot.CompareTo(b.Slot));
            return new(function, code, _maps, _externs, _references, missing);
        }

        /// <summary>
        /// A kfunc by its name becomes one by its id. What is weak and not on the card has the address 0, and calling it is left to fail
        /// when it happens: such calls are guarded by that address.
        /// </summary>
        LoadError? ReferToExtern(int slot, string name, bool isWeak)
        {
            bool isCall = code[slot].Kind == InstructionKind.Call;
            if (isCall && !code[slot].IsLocalCall) return LoadError.RelocationPlace(owner, slot, Raw(slot), name);

            var declared = reader.Externs.Find(name);
            if (declared?.Section == ExternTable.KernelConfiguration && !isCall) return ReferToConfiguration(slot, name, declared.Value);

            bool isSymbol = declared?.IsKernelSymbol == true;
            var kfunc = isSymbol ? ExternTable.KfuncOf(name) : null;
            bool fits = kfunc is null || declared?.Parameters is not { } parameters || parameters == kfunc.Arguments.Length;
            if (!fits && !isWeak) return LoadError.KernelFunctionType(owner, slot, Raw(slot), name, kfunc!.Arguments.Length);
            if (kfunc is null && !(isWeak && isSymbol)) return LoadError.UndefinedSymbol(owner, slot, Raw(slot), name, declared?.Section, declared?.Parameters is not null, isCall);

            int id = fits && kfunc is not null ? kfunc.Id : HelperTable.MissingKfunc;
            code[slot] = isCall
                ? code[slot] with { Operation = (byte)CallKind.Kfunc, Src = (byte)CallKind.Kfunc, Immediate = id }
                : code[slot] with { Immediate = id };
            _externs.Add(new(slot, name, IsMissing: id == HelperTable.MissingKfunc));
            return null;
        }

        /// <summary>A kernel configuration value lies in a map of them all, as global data does.</summary>
        LoadError? ReferToConfiguration(int slot, string name, in Extern declared)
        {
            if (reader.Maps.Configuration.Find(name) is not { } value)
                return LoadError.UndefinedSymbol(owner, slot, Raw(slot), name, declared.Section, isFunction: false, isCall: false);
            if (value.Fault is { } fault) return LoadError.KernelConfiguration(owner, slot, Raw(slot), name, fault);
            code[slot] = code[slot] with { Operation = (byte)ConstantKind.MapValueByFd, Immediate = (long)value.Offset << 32 };
            _maps.Add(new(slot, KernelConfig.MapName, IsValue: true, value.Offset));
            return null;
        }

        LoadError? ReferToFunction(int slot, string symbol, in ElfSection section, long start)
        {
            if (code[slot].Kind == InstructionKind.Call && !code[slot].IsLocalCall)
                return LoadError.RelocationPlace(owner, slot, Raw(slot), symbol);
            if (reader.Functions.StartingAt(section.Index, start) is not { } target)
                return LoadError.CallTarget(owner, slot, Raw(slot), symbol, section.Name, start);
            if (code[slot].Kind == InstructionKind.LoadConstant) code[slot] = code[slot] with { Operation = (byte)ConstantKind.Code };
            _references.Add(new(slot, target));
            return null;
        }

        LoadError? ReferToMap(int slot, string symbol, in ElfSection section, long offset)
        {
            if (reader.Maps.At(section.Index, 0) is { IsGlobalData: true } data)
            {
                if (offset < 0 || offset >= data.ValueSize) return LoadError.OutsideData(owner, slot, Raw(slot), symbol, section.Name, offset);
                code[slot] = code[slot] with { Operation = (byte)ConstantKind.MapValueByFd, Immediate = offset << 32 };
                _maps.Add(new(slot, data.Name, IsValue: true, (int)offset));
                return null;
            }
            if (offset is < 0 or > int.MaxValue || reader.Maps.At(section.Index, (int)offset) is not { } map)
                return LoadError.NoMapThere(owner, slot, Raw(slot), symbol, section.Name, offset);
            code[slot] = code[slot] with { Operation = (byte)ConstantKind.MapByFd, Immediate = 0 };
            _maps.Add(new(slot, map.Name, IsValue: false, 0));
            return null;
        }
    }

    ElfImage Image => image;

    MapTable Maps => maps;

    FunctionTable Functions => functions;

    ExternTable Externs => externs;
}
