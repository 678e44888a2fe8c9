using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload;

/// <summary>Why an object cannot be loaded. Every text of the loader is in this file.</summary>
public sealed record LoadError(string Id, string Name, string Sentence) : Problem(Id, Name, Sentence)
{
    /// <summary>L10 to L39 speak of the file and of which program is meant; the others of a program that is there and not accepted.</summary>
    public override bool IsBadInput => string.CompareOrdinal(Id, "L10") >= 0 && string.CompareOrdinal(Id, "L40") < 0;

    // ── Instructions ───────────────────────────────────────────────────────────────────────────────────────────────────
    public static LoadError CodeLength(string owner, int bytes) =>
        new("L01", "code-length", $"{owner}: {bytes} bytes of code are not a whole number of 8-byte instructions; the object is damaged");

    public static LoadError UndefinedOpcode(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L02", "undefined-encoding", $"{At(owner, slot, raw)} has no meaning: opcode 0x{raw[0]:x2} is undefined; compile with -mcpu=v1 to v4");

    public static LoadError ReservedField(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L03", "reserved-field", $"{At(owner, slot, raw)} has no meaning: a field that opcode 0x{raw[0]:x2} reserves is not zero; compile with -mcpu=v1 to v4");

    public static LoadError NoSuchRegister(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L04", "no-such-register", $"{At(owner, slot, raw)} names a register beyond r10");

    public static LoadError HalfConstant(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L05", "half-constant", $"{At(owner, slot, raw)} is the first half of a 64-bit constant and the second is missing");

    public static LoadError LegacyPacketAccess(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L06", "legacy-packet-access",
            $"{At(owner, slot, raw)} is a legacy packet load (BPF_ABS or BPF_IND), which XDP programs cannot use; read through ctx->data instead");

    public static LoadError UnsupportedInstruction(string owner, int slot, ReadOnlySpan<byte> raw, UnsupportedForm form) =>
        new("L07", "unsupported-instruction", $"{At(owner, slot, raw)} is {form.Name}, {form.Why}");

    static string At(string owner, int slot, ReadOnlySpan<byte> raw) =>
        $"{owner}: instruction {slot} ({Convert.ToHexStringLower(raw)})";

    // ── Choosing a program ─────────────────────────────────────────────────────────────────────────────────────────────
    public static LoadError NoSuchProgram(string file, string name, IReadOnlyList<ProgramSpec> programs) =>
        new("L20", "no-such-program", $"{file}: there is no program {name}; it has {List(programs)}");

    /// <param name="others">Programs of other types.</param>
    public static LoadError WhichProgram(string file, IReadOnlyList<ProgramSpec> programs, IReadOnlyList<ProgramSpec> others) => programs.Count == 0
        ? new("L21", "no-xdp-program", $"{file}: there is no XDP program in it; {(others.Count == 0 ? "give a function a section, such as SEC(\"xdp\")" : $"it has {string.Join(", ", others.Select(p => $"{p.Name} ({p.OtherType})"))}")}")
        : new("L22", "which-program", $"{file}: it has several XDP programs; choose one of {List(programs)}");

    public static LoadError NotXdp(string file, ProgramSpec program, string prefix) =>
        new("L23", "not-xdp", $"{file}: {program.Name} is not an XDP program: its section {program.Section} belongs to another type ({prefix}); an XDP program stands in xdp, or in a section that libbpf does not know");

    static string List(IReadOnlyList<ProgramSpec> programs) =>
        programs.Count == 0 ? "none" : string.Join(", ", programs.Select(p => p.Name));

    // ── The ELF file ───────────────────────────────────────────────────────────────────────────────────────────────────
    public static LoadError CannotRead(string path, string why) =>
        new("L10", "cannot-read", $"{path} cannot be read: {why}");

    public static LoadError TooLarge(string file, long bytes, long limit) =>
        new("L11", "too-large", $"{file}: {bytes} bytes are more than an object may have ({limit})");

    public static LoadError NotElf(string file) => NotBpfObject(file, "it is not an ELF file");

    public static LoadError Not64Bit(string file) => NotBpfObject(file, "it is not a 64-bit ELF file");

    public static LoadError NotLittleEndian(string file) =>
        NotBpfObject(file, "it is not little-endian; compile with -target bpf or bpfel");

    public static LoadError WrongMachine(string file, int machine, int expected) =>
        NotBpfObject(file, $"its machine is {machine}, BPF is {expected}; compile with -target bpf");

    public static LoadError WrongElfType(string file, int type, int expected) =>
        NotBpfObject(file, $"its ELF type is {type}, a relocatable object is {expected}; compile with -c");

    public static LoadError NoSections(string file) => NotBpfObject(file, "it has no sections");

    static LoadError NotBpfObject(string file, string why) => new("L12", "not-a-bpf-object", $"{file}: not a BPF object: {why}");

    public static LoadError OutsideFile(string file, string what, int bytes) =>
        new("L13", "outside-file", $"{file}: {what} lies outside the file's {bytes} bytes; it is cut short or damaged");

    public static LoadError OutsideSection(string file, string what, string section) =>
        new("L13", "outside-file", $"{file}: {what} lies outside its section {section}");

    public static LoadError WrongEntrySize(string file, string table, ulong bytes, int expected) =>
        new("L14", "damaged-table", $"{file}: {table} has entries of {bytes} bytes, or ends within one; {expected} are expected");

    public static LoadError NoSuchEntry(string file, string what, string target, ulong index, int count) =>
        new("L14", "damaged-table", $"{file}: {what} names {target} {index}, and there are {count}");

    public static LoadError SecondTable(string file, string what) =>
        new("L14", "damaged-table", $"{file}: it has a second {what}");

    public static LoadError DamagedName(string file, string what, int limit) =>
        new("L15", "damaged-name", $"{file}: the name of {what} is missing, unterminated or longer than {limit} bytes");

    public static LoadError OverlappingSections(string file, string section) =>
        new("L16", "overlapping-sections", $"{file}: section {section} overlaps another: together they are larger than the file");

    public static LoadError TooMuchData(string file, string section, ulong bytes, int limit) =>
        new("L17", "too-much-data", $"{file}: section {section} brings the object's global data to {bytes} bytes, more than {limit}; keep large tables in maps");

    public static LoadError ExplicitAddends(string file, string section) =>
        new("L18", "explicit-addends", $"{file}: section {section} has relocations with explicit addends (RELA), which BPF objects do not use; compile with clang -target bpf, link with bpftool gen object");

    public static LoadError OutsideCode(string file, string function, string section) =>
        new("L19", "damaged-function", $"{file}: function {function} is not a whole number of instructions inside section {section}");

    public static LoadError OverlappingFunctions(string file, string first, string second) =>
        new("L19", "damaged-function", $"{file}: functions {first} and {second} overlap");

    // ── Type information and maps ──────────────────────────────────────────────────────────────────────────────────────
    public static LoadError DamagedBtf(string file, string place) =>
        new("L30", "damaged-btf", $"{file}: the type information (section .BTF) is damaged at {place}; compile again with -g");

    public static LoadError MapsWithoutBtf(string file) =>
        new("L31", "maps-without-btf", $"{file}: its section .maps is declared by type information, and there is none; compile with -g");

    public static LoadError MapField(string file, string map, string field) => MapField(file, map, field, field switch
    {
        "key" or "value" => $"is not __type of a type with a size; declare it as __type({field}, TYPE)",
        "values" => "is not __array; declare it as __array(values, TYPE)",
        "type" or "key_size" or "value_size" or "max_entries" or "map_flags" or "map_extra" or "numa_node" or "pinning" =>
            $"is not __uint; declare it as __uint({field}, N)",
        _ => "is not a field that a map can have; there are type, key, key_size, value, value_size, max_entries, map_flags, map_extra, numa_node, pinning and values",
    });

    public static LoadError MapFieldTwice(string file, string map, string field) => MapField(file, map, field, "is given twice");

    public static LoadError MapWithoutType(string file, string map) => MapField(file, map, "type", "is missing; declare it as __uint(type, BPF_MAP_TYPE_…)");

    public static LoadError MapPinning(string file, string map) =>
        MapField(file, map, "pinning", "is neither LIBBPF_PIN_NONE nor LIBBPF_PIN_BY_NAME");

    public static LoadError MapSizesDiffer(string file, string map, string field, string other) =>
        MapField(file, map, field, $"has another size than {other}");

    public static LoadError MapValuesSize(string file, string map) =>
        MapField(file, map, "value_size", "is not 4, as values of maps and programs have");

    static LoadError MapField(string file, string map, string field, string fault) =>
        new("L32", "map-field", $"{file}: map {map}: {field} {fault}");

    public static LoadError MapTemplate(string file, string map) =>
        MapField(file, map, "values", "does not say by a structure what the maps in it are like; declare it as __array(values, struct TEMPLATE)");

    public static LoadError MapOutside(string file, string map) =>
        new("L32", "map-field", $"{file}: map {map} is not a structure inside section .maps");

    public static LoadError SecondMap(string file, string map) =>
        new("L33", "second-map", $"{file}: two maps are called {map}; give one another name");

    public static LoadError LegacyMaps(string file, string section, int bytes, int symbols) =>
        new("L34", "legacy-maps",
            $"{file}: section {section} has {bytes} bytes for {symbols} symbols, which are not records of equal size of at least four 32-bit fields; declare the maps in section .maps instead");

    public static LoadError TooManyLegacyMaps(string file, string section, int maps, int limit) =>
        new("L34", "legacy-maps", $"{file}: section {section} brings the object's legacy maps to {maps}, more than {limit}; declare the maps in section .maps instead");

    public static LoadError LegacyInnerMap(string file, string map, string field, uint number) =>
        MapField(file, map, field, $"is {number}, which names no other map that could be in it");

    public static LoadError InitialiserOutside(string file, string symbol, int offset) =>
        new("L35", "map-initialiser", $"{file}: a static initialiser names {symbol} at byte {offset} of section .maps, which is in no map");

    public static LoadError InitialiserOfOther(string file, string map, string symbol) =>
        new("L35", "map-initialiser", $"{file}: map {map} has a static initialiser (.values) that names {symbol}; only maps of maps and prog arrays can");

    public static LoadError InitialiserPlace(string file, string map, string symbol, int offset) =>
        new("L35", "map-initialiser", $"{file}: the static initialiser of map {map} (.values) names {symbol} at byte {offset} of its declaration, where no slot begins");

    public static LoadError InitialiserTarget(string file, string map, int slot, string symbol) =>
        new("L35", "map-initialiser", $"{file}: the static initialiser of {map}[{slot}] is {symbol}, which is no map of section .maps");

    public static LoadError TailCallPlace(string file, string map, int offset) =>
        new("L35", "map-initialiser", $"{file}: map {map} is filled by a static initialiser that is no slot: byte {offset} of its declaration");

    public static LoadError TailCallTarget(string file, string where, string symbol) =>
        new("L35", "map-initialiser", $"{file}: the static initialiser of {where} is {symbol}, which is no function of the object");

    public static LoadError TailCallTag(string file, string function, string tag, string fault) =>
        new("L35", "map-initialiser", $"{file}: {function} has the declaration tag '{tag}', which {fault}");

    public static LoadError TailCallTwice(string file, string map, uint index, string first, string second) =>
        new("L35", "map-initialiser", $"{file}: {map}[{index}] is filled twice, with {first} and {second}");

    public static LoadError MapSize(string file, string map, string field, ulong size) =>
        new("L36", "map-size", $"{file}: map {map}: {field} {size} is more than {int.MaxValue}");

    public static LoadError RunConfigType(string file, string variable) =>
        RunConfig(file, variable, "it is no structure; declare it with XDP_RUN_CONFIG() of <xdp/xdp_helpers.h>");

    public static LoadError RunConfigMember(string file, string variable, string member) =>
        RunConfig(file, variable, $"libxdp knows no {member}; there are priority, XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX and XDP_REDIRECT");

    public static LoadError RunConfigValue(string file, string variable, string member) =>
        RunConfig(file, variable, $"{member} has no number that libxdp reads; declare it as __uint({member}, N)");

    static LoadError RunConfig(string file, string variable, string fault) => new("L37", "run-config", $"{file}: .xdp_run_config of {variable[1..]}: {fault}");

    public static LoadError DamagedTypeRelocations(string file, string place) =>
        new("L38", "damaged-type-relocations", $"{file}: the type relocations (section .BTF.ext) are damaged at {place}; compile again with -g");

    public static LoadError NoTypes(string file, string why) =>
        new("L39", "no-types", $"{file} holds no type information: {why}");

    // ── Linking programs ───────────────────────────────────────────────────────────────────────────────────────────────
    public static LoadError EmptyFunction(string owner) =>
        new("L40", "empty-function", $"{owner} has no instructions");

    public static LoadError UndefinedSymbol(string owner, int slot, ReadOnlySpan<byte> raw, string symbol, string? section, bool isFunction, bool isCall) =>
        new("L41", "undefined-symbol", $"{At(owner, slot, raw)} {(isCall ? "calls" : "uses")} {symbol}, " + (section, isFunction) switch
        {
            (".kconfig", _) => $"a kernel configuration value (.kconfig) that nobody gives; give it with --kconfig {symbol}=VALUE, or declare it __weak, which makes it 0",
            (".ksyms", true) when KernelOnly.Why(ExternTable.WithoutFlavour(symbol)) is { } why => $"a kernel function (kfunc), {why}, or declare it __weak and ask bpf_ksym_exists() first",
            (".ksyms", true) => "a kernel function (kfunc) that cards do not have; use a helper instead, or declare it __weak and ask bpf_ksym_exists() first",
            (".ksyms", false) => "a kernel symbol (.ksyms), and a card has no kernel; hand the value over in a map or a global instead",
            _ => "which this object does not define; link it with the object that does (bpftool gen object)",
        });

    public static LoadError UnnamedKernelFunction(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L41", "undefined-symbol", $"{At(owner, slot, raw)} calls a kernel function by number, which only the running kernel understands; name it by a symbol (extern … __ksym)");

    public static LoadError RelocationPlace(string owner, int slot, ReadOnlySpan<byte> raw, string symbol) =>
        new("L42", "bad-relocation", $"{At(owner, slot, raw)} cannot refer to {symbol}: only a call or a 64-bit constant, and once, can be relocated");

    public static LoadError RelocationType(string owner, int slot, ReadOnlySpan<byte> raw, string symbol, uint type) =>
        new("L42", "bad-relocation", $"{At(owner, slot, raw)} refers to {symbol} by a relocation of type {type}, which does not fit it");

    public static LoadError RelocationSection(string owner, int slot, ReadOnlySpan<byte> raw, string symbol, string section) =>
        new("L42", "bad-relocation", $"{At(owner, slot, raw)} refers to {symbol} in section {section}, which holds neither maps, global data nor functions");

    public static LoadError NoMapThere(string owner, int slot, ReadOnlySpan<byte> raw, string symbol, string section, long offset) =>
        new("L42", "bad-relocation", $"{At(owner, slot, raw)} refers to {Place(symbol, section, offset)}, where no map starts");

    public static LoadError OutsideData(string owner, int slot, ReadOnlySpan<byte> raw, string symbol, string section, long offset) =>
        new("L42", "bad-relocation", $"{At(owner, slot, raw)} refers to {Place(symbol, section, offset)}, which is outside of it");

    /// <param name="symbol">Its section's name, if it is named by its place alone.</param>
    public static LoadError CallTarget(string owner, int slot, ReadOnlySpan<byte> raw, string symbol, string section, long offset) =>
        new("L43", "call-target", $"{At(owner, slot, raw)} refers to {Place(symbol, section, offset)}, where no function starts");

    static string Place(string symbol, string section, long offset) =>
        symbol == section ? $"byte {offset} of section {section}" : $"{symbol}, byte {offset} of section {section}";

    public static LoadError JumpOutside(string owner, int slot, ReadOnlySpan<byte> raw, long target) =>
        new("L44", "jump-target", $"{At(owner, slot, raw)} jumps to instruction {target}, outside its function");

    public static LoadError JumpIntoConstant(string owner, int slot, ReadOnlySpan<byte> raw, long target) =>
        new("L44", "jump-target", $"{At(owner, slot, raw)} jumps to instruction {target}, the middle of a 64-bit constant");

    public static LoadError FallsOffEnd(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L45", "falls-off-end", $"{At(owner, slot, raw)} is the function's last and neither exits nor jumps");

    public static LoadError RawReference(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L46", "raw-reference",
            $"{At(owner, slot, raw)} names a map, variable or function by a number of the running kernel; an object must name it by a symbol");

    public static LoadError FramePointerWrite(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L47", "frame-pointer-write", $"{At(owner, slot, raw)} writes r10, which is read-only");

    public static LoadError TooMuchCode(string owner, int limit) =>
        new("L48", "too-much-code", $"{owner}: with its subprograms the code has more than {limit} instructions; split it, and let one part tail-call the next");

    public static LoadError SecondProgram(string file, string program) =>
        new("L49", "second-program", $"{file}: two programs are called {program}; give one another name");

    public static LoadError KernelConfiguration(string owner, int slot, ReadOnlySpan<byte> raw, string symbol, string fault) =>
        new("L51", "kernel-configuration", $"{At(owner, slot, raw)} uses {symbol}, a kernel configuration value (.kconfig): {fault}");

    public static LoadError TypeRelocation(string owner, int slot, ReadOnlySpan<byte> raw, string what, string fault) =>
        new("L52", "type-relocation", $"{At(owner, slot, raw)} depends on {what}, which cannot be resolved: {fault}");

    public static LoadError UnguardedType(string owner, int slot, string what) =>
        new("L53", "unguarded-type",
            $"{owner}: instruction {slot} needs {what}, which the target types do not have, and every frame reaches it; ask bpf_core_field_exists() first, or give types that have it (--btf FILE)");

    public static LoadError KernelFunctionType(string owner, int slot, ReadOnlySpan<byte> raw, string symbol, int parameters) =>
        new("L50", "kernel-function-type",
            $"{At(owner, slot, raw)} refers to {symbol}, declared with another number of parameters than its {parameters}; declare it as the kernel does");
}
