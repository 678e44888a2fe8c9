using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// Global variables: each data section becomes an array map with one value, with the flags that libbpf gives it. Pointers between
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

            var value = section.HasContents ? image.Contents(section).ToArray() : new byte[section.Size];
            maps.Add(new(new MapSpec
            {
                Name = section.Name,
                Type = MapType.Array,
                KeySize = sizeof(int),
                ValueSize = section.Size,
                MaxEntries = 1,
                Flags = (IsNamed(section.Name, ".rodata") ? MapFlags.ReadOnlyForPrograms : MapFlags.None)
                    | (HasGlobal(btf, section.Name) ? MapFlags.Mmapable : MapFlags.None),
                InitialValue = value,
            }, section.Index, 0));
        }
        return maps;
    }

    static bool IsData(in ElfSection section) => section is { Size: > 0, IsCode: false }
        && section.Type is ElfSectionType.Contents or ElfSectionType.NoContents
        && (IsNamed(section.Name, ".data") || IsNamed(section.Name, ".rodata") || IsNamed(section.Name, ".bss"));

    static bool IsNamed(string section, string name) =>
        section.StartsWith(name, StringComparison.Ordinal) && (section.Length == name.Length || section[name.Length] == '.');

    /// <summary>Someone outside the object may look at a variable of the section: libbpf maps it into memory.</summary>
    static bool HasGlobal(Btf btf, string section) => btf.DataSection(section) is { } type
        && btf.Variables(type).Any(v => v is { Declaration: { Kind: BtfKind.Variable } declaration } && !btf.IsStatic(declaration));
}
