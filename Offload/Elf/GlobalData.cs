using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// Global variables: each data section becomes an array map with one value, with the flags that libbpf gives it, and with its lock. Pointers between
/// data sections are not followed (their relocations are ignored, as by libbpf).
/// </summary>
static class GlobalData
{
    /// <summary>All data sections of an object together.</summary>
    public const int MaxBytes = 64 << 20;

    public static Result<List<MapDeclaration>> Read(ElfImage image, Btf btf)
    {
        var maps = new List<MapDeclaration>();
        ulong total = 0;
        foreach (ref readonly var section in image.Sections)
        {
            if (!IsData(section)) continue;
            total += (ulong)section.Size;
            if (total > MaxBytes) return LoadError.TooMuchData(image.Name, section.Name, total, MaxBytes);

            var variables = VariablesOf(image, section, btf);
            var value = section.HasContents ? image.Contents(section).ToArray() : new byte[section.Size];
            maps.Add(new(new MapSpec
            {
                Name = section.Name,
                Type = MapType.Array,
                KeySize = sizeof(int),
                ValueSize = section.Size,
                MaxEntries = 1,
                Flags = (IsNamed(section.Name, ".rodata") ? MapFlags.ReadOnlyForPrograms : MapFlags.None)
                    | (variables.Exists(v => v.IsGlobal) ? MapFlags.Mmapable : MapFlags.None),
                InitialValue = value,
                LockOffset = LockAmong(btf, variables, section.Size),
            }, section.Index, 0));
        }
        return maps;
    }

    static int? LockAmong(Btf btf, List<Variable> variables, int bytes) =>
        SpinLocks.OffsetAmong(btf, variables.Select(v => (v.Type, v.Offset))) is { } offset && offset <= bytes - MapSpec.LockBytes ? offset : null;

    static bool IsData(in ElfSection section) => section is { Size: > 0, IsCode: false }
        && section.Type is ElfSectionType.Contents or ElfSectionType.NoContents
        && (IsNamed(section.Name, ".data") || IsNamed(section.Name, ".rodata") || IsNamed(section.Name, ".bss"));

    static bool IsNamed(string section, string name) =>
        section.StartsWith(name, StringComparison.Ordinal) && (section.Length == name.Length || section[name.Length] == '.');

    /// <param name="IsGlobal">Someone outside the object may look at it: libbpf maps its section into memory.</param>
    readonly record struct Variable(uint Type, int Offset, bool IsGlobal);

    static List<Variable> VariablesOf(ElfImage image, in ElfSection section, Btf btf)
    {
        var variables = new List<Variable>();
        if (btf.DataSection(section.Name) is not { } declarations) return variables;
        var symbols = image.SymbolsIn(section);
        foreach (var declared in btf.Variables(declarations))
        {
            if (declared is not { Declaration: { Kind: BtfKind.Variable } declaration } variable) continue;
            // clang leaves the offset of a global variable to the symbol table.
            bool known = symbols.TryGetValue(variable.Name, out var symbol);
            int offset = known ? symbol.Value : (int)Math.Min(variable.Offset, int.MaxValue);
            variables.Add(new(declaration.SizeOrType, offset, IsGlobal: !btf.IsStatic(declaration) && !(known && symbol.IsHidden)));
        }
        return variables;
    }
}
