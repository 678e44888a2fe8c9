using System.Buffers.Binary;
using Chainring.Offload.Elf;
using Chainring.Offload.Elf.Core;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;

namespace Chainring.Tests;

/// <summary>
/// What the loader makes of the things that BPF objects have: a row for each in <c>docs/support.md</c>, and the object of <c>tests/data</c> that shows it. No
/// row says yes, or refused, without one; what is simply not there has none.
/// </summary>
/// <param name="Object">By path; empty for what is not there.</param>
/// <param name="Fault">Null if the object shows what the row says; else what it lacks.</param>
sealed record LoaderFeature(string Name, string Answer, string Object, Func<LoaderFeature.Subject, string?> Fault)
{
    /// <summary>An object with types that this one is fitted to; null for its own.</summary>
    public string? Types { get; init; }

    /// <summary>Null if the object shows what the row says.</summary>
    public string? Check() => Fault(Subject.Of(Object, Types));

    /// <summary>An object as bytes, and what the loader made of it; no spec if it was refused.</summary>
    internal sealed record Subject(byte[] File, ObjectSpec? Spec, string? Refused)
    {
        public static Subject Of(string path, string? types)
        {
            byte[] bytes = System.IO.File.ReadAllBytes(TestData.Path(path.Split('/')));
            var options = types is null ? LoadOptions.Default : new() { Types = TargetTypes.LoadFile(TestData.Path(types.Split('/'))).Value };
            var result = ObjectLoader.Load(bytes, "x.o", options);
            return new(bytes, result.Problem is null ? result.Value : null, result.Problem?.Id);
        }

        /// <summary>The file has that text in it: a section's name, a symbol, a tag.</summary>
        public bool Has(string text) => File.AsSpan().IndexOf((ReadOnlySpan<byte>)[0, .. System.Text.Encoding.UTF8.GetBytes(text), 0]) >= 0;

        public IEnumerable<Instruction> Code => Spec!.Programs.SelectMany(p => p.Code);

        public MapSpec Map(string name) => Spec!.Maps.Single(m => m.Name == name);

        public ProgramSpec Program(string name) => Spec!.Programs.Single(p => p.Name == name);
    }

    static LoaderFeature Yes(string name, string path, Func<Subject, bool> shows) => new(name, "yes", path, s =>
        s.Spec is null ? $"it is refused ({s.Refused})" : shows(s) ? null : "it does not show that");

    /// <param name="program">The program that is refused, if the object is not refused as a whole.</param>
    /// <param name="types">An object with the types that it is fitted to.</param>
    static LoaderFeature Refused(string name, string why, string id, string path, string? program = null, string? types = null) => new(name, $"refused, saying {why} ({id})", path, s =>
        (s.Refused ?? s.Spec!.Program(program).Problem?.Id) == id ? null : $"it is not refused by {id}")
    { Types = types };

    static LoaderFeature No(string name, string why) => new(name, $"no: {why}", "", _ => null);

    /// <summary>Kinds of type relocations, by their numbers (<c>enum bpf_core_relo_kind</c>).</summary>
    static readonly string[] CoreKinds =
    [
        "field: byte offset", "field: byte size", "field: existence", "field: signedness", "field: left shift", "field: right shift", "type: id here", "type: id in the target",
        "type: existence", "type: size", "enumeration value: existence", "enumeration value", "type: match",
    ];

    public static IReadOnlyList<LoaderFeature> All { get; } =
    [
        Yes("sections `xdp`, `xdp/NAME`; several programs in one", "elf/programs.19v3.o", s => s.Spec!.Programs.Count(p => p.Section == "xdp") > 1),
        Yes("sections that libbpf does not know (`prog`, `2/1`): XDP, chosen by function", "objects/odd-sections.o", s => s.Spec!.Programs.Any(p => p.Section is "prog") && s.Spec!.Programs.Any(p => p.Section is "2/1")),
        Yes("section `xdp.frags`", "elf/programs.19v3.o", s => s.Program("fragments").Frags),
        Yes("sections `xdp/devmap`, `xdp/cpumap`: count as XDP", "elf/types.19v3.o", s => s.Program("egress") is { OtherType: null, Section: "xdp/devmap" } && s.Program("remote").OtherType is null),
        Yes("`?` before a section's name", "elf/optional.19v3.o", s => s.Has("?xdp") && s.Program("optional").Section == "xdp"),
        Yes("programs in `.text` alone", "elf/plain.19v3.o", s => s.Spec!.Programs.All(p => p.Section == ".text")),
        Yes("static entry functions", "elf/iproute2.19v3.o", s => s.Program("entry").InstructionCount > 0 && IsLocal(s.File, "entry")),
        Yes("subprograms: static, global, in other sections", "objects/calls.o", s => s.Code.Any(i => i.IsLocalCall)),
        Yes("global functions: verified by the types of their parameters (numbers, the context, memory, dynamic pointers; tags `arg:ctx`, `arg:nonnull`)", "objects/global-functions.o", s => s.Spec!.Programs[0].Functions.Any(f => f.Parameters is [{ Kind: ParameterKind.Memory }])),
        Yes("hidden functions: count as static", "objects/global-functions.o", s => s.Spec!.Programs[0].Functions.Any(f => f is { Name: "slot_of", Parameters: null })),
        Yes("weak functions", "elf/optional.19v3.o", s => s.Program("optional").Functions.Any(f => f.Name == "verdict_of")),
        Yes("functions by address (callbacks)", "objects/loop-options.o", s => s.Code.Any(i => i is { Kind: InstructionKind.LoadConstant, Constant: ConstantKind.Code })),
        Yes("objects of several files, linked by `bpftool gen object`", "objects/linked-flows.o", s => s.Program("judge_flows").Functions.Count(f => f.Name == "mix") == 2),
        Refused("functions of another file, not linked", "which symbol", "L41", "elf/undefined.19v3.o"),
        Refused("other program types, `freplace` and `struct_ops` among them", "which type", "L23", "elf/struct_ops.19v3.o", "init"),
        Yes("maps in section `.maps` (BTF)", "elf/maps.19v3.o", s => s.Map("bloom").Extra != 0 && s.Map("flagged").Flags != 0),
        Yes("maps in section `maps` (libbpf's `bpf_map_def`)", "objects/legacy-maps.o", s => s.Has("maps") && !s.Has(".maps") && s.Spec!.Maps.Count > 0),
        Yes("maps in sections `maps` as iproute2 declares them (`bpf_elf_map`)", "elf/iproute2.19v3.o", s => s.Map("global_map").PinnedByName && !s.Map("object_map").PinnedByName),
        Yes("maps in sections `maps/NAME`, and records of other fields as BTF says", "elf/legacy_variants.19v3.o", s => s.Map("flows").PinnedByName && s.Map("elf").PinnedByName),
        Yes("maps of maps: templates and initialisers", "objects/tenant-counters.o", s => s.Spec!.MapSlots.Count == 4 && s.Map("by_tenant").Inner is not null),
        Yes("maps of maps in `maps`: `inner_id`, `inner_idx`", "objects/inner-legacy.o", s => s.Spec!.MapSlots.Count == 6 && s.Map("by_protocol").Inner is not null),
        Yes("maps of maps in `maps`: `inner_map_idx`", "elf/samples_inner.19v3.o", s => s.Map("by_queue").Inner is not null),
        Yes("prog arrays filled by initialisers", "objects/tail-initialised.o", s => s.Spec!.TailCalls.Count > 0),
        Yes("prog arrays filled by declaration tags (`tail:MAP/INDEX`)", "objects/tail-marked.o", s => s.Spec!.TailCalls.Any(t => t.Where.StartsWith("tail:", StringComparison.Ordinal))),
        Yes("`max_entries` 0, for the loader to say (`map-sizes`)", "objects/map-sizes.o", s => s.Spec!.Maps.Any(m => m is { MaxEntries: 0, IsGlobalData: false })),
        Yes("maps pinned by name: shared within a chain", "objects/pinned-writer.o", s => s.Spec!.Maps.Any(m => m.PinnedByName)),
        Yes("spin locks in map values", "objects/locked-bucket.o", s => s.Map("buckets").LockOffset is not null),
        Yes("spin locks in global data, also alone in a section (`private(A)`)", "objects/global-locks.o", s => s.Map(".data.A").LockOffset is not null && s.Map(".bss").LockOffset is not null),
        Refused("fields that a map cannot have", "which field", "L32", "elf/map_field.1.19v3.o"),
        Yes("global data: `.data`, `.rodata`, `.bss`", "objects/globals.o", s => new[] { ".data", ".rodata", ".bss" }.All(name => s.Map(name).IsGlobalData)),
        Yes("global data in sections of other names", "objects/rodata-sections.o", s => s.Spec!.Maps.Any(m => m.Name.StartsWith(".rodata.", StringComparison.Ordinal))),
        Yes("`__kconfig` values, weak ones too", "objects/kernel-config.o", s => s.Map(".kconfig").IsGlobalData),
        Refused("`__kconfig` values that nobody gives", "which value, and that `--kconfig` gives it", "L41", "elf/kernel_config.19v3.o"),
        Yes("kfuncs (`__ksym`)", "objects/rx-hints.o", s => s.Spec!.Programs.Any(p => p.ExternReferences.Any(e => !e.IsMissing))),
        Yes("weak kfuncs and variables that a card lacks: null", "elf/externs.19v3.o", s => s.Program("guarded").ExternReferences.Any(e => e.IsMissing)),
        Refused("kfuncs that a card lacks", "which one", "L41", "elf/kernel_function.19v3.o"),
        Refused("variables of the kernel (`__ksym`)", "which one", "L41", "elf/kernel_symbol.19v3.o"),
        .. CoreKinds.Select((kind, number) => Yes($"CO-RE, {kind}", "elf/core.19v3.o", s => KindsIn(s.File).Contains(number) && s.Program("fields").InstructionCount > 0)),
        Refused("CO-RE: what the target types lack, not asked for first", "what is missing", "L53", "elf/unguarded.19v3.o", "at_once", types: "elf/core_target.19v3.o"),
        Yes("objects without BTF", "elf/globals.19v3.bare.o", s => !s.Has(".BTF") && s.Map(".data").IsGlobalData),
        Refused("maps in `.maps` without BTF", "to compile with `-g`", "L31", "elf/maps.19v3.bare.o"),
        Yes("`.xdp_run_config`: priority, chain-call actions", "elf/run_config.19v3.o", s => s.Program("first").RunConfig is { Priority: 10 }),
        Refused("`.xdp_run_config` that libxdp cannot read", "which member", "L37", "elf/run_config_bad.1.19v3.o"),
        Refused("`addr_space_cast` (arenas)", "which instruction", "L07", "elf/unsupported.1.19v3.o"),
        Refused("`gotox` (jump tables)", "which instruction", "L07", "elf/unsupported.2.19v3.o"),
        Refused("`callx` (calls by address)", "which instruction", "L07", "elf/unsupported.3.19v3.o"),
        Yes("line information (`.BTF.ext`): rejections name source lines", "objects/calls.o", s => s.Spec!.Programs.All(p => p.Lines.Count > 0 && p.LineAt(0) is { Number: > 0, Text.Length: > 0 })),
        Yes("the licence: helpers for GPL-compatible programs only", "objects/globals.o", s => s.Spec!.Programs.All(p => p.License == s.Spec!.License)),
        Refused("big-endian objects", "to compile with `-target bpf`", "L12", "elf/plain.big-endian.o"),
        No("skeletons and light skeletons", "they are C for one loader; give the object"),
    ];

    /// <summary>Whether the symbol of that name is local: 64-bit ELF, little-endian, as the loader has already found it to be.</summary>
    static bool IsLocal(byte[] file, string name)
    {
        const int symbolTable = 2, stringTable = 3;
        int table = Section(file, symbolTable, 0), names = Section(file, stringTable, BitConverter.ToInt32(file, table + 40));
        (int start, int bytes, int strings) = ((int)BitConverter.ToInt64(file, table + 24), (int)BitConverter.ToInt64(file, table + 32), (int)BitConverter.ToInt64(file, names + 24));
        for (int at = start; at < start + bytes; at += 24)
        {
            if (TextAt(file, strings + BitConverter.ToInt32(file, at)) == name) return file[at + 4] >> 4 == 0;
        }
        return false;
    }

    /// <summary>Where the header of the first section of a type is, from an index on.</summary>
    static int Section(byte[] file, int type, int from)
    {
        int headers = (int)BitConverter.ToInt64(file, 40);
        for (int at = headers + 64 * from; ; at += 64)
        {
            if (BitConverter.ToInt32(file, at + 4) == type) return at;
        }
    }

    static string TextAt(byte[] file, int at) => System.Text.Encoding.UTF8.GetString(file.AsSpan(at, file.AsSpan(at).IndexOf((byte)0)));

    /// <summary>Kinds of the type relocations in an object: section .BTF.ext, whose header names the place of their records.</summary>
    static HashSet<int> KindsIn(byte[] file)
    {
        var kinds = new HashSet<int>();
        var extension = file.AsSpan(file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x9f, 0xeb, 1, 0, 32, 0, 0, 0]));
        var records = extension.Slice(32 + Word(extension, 24), Word(extension, 28));
        for (int at = 4; at < records.Length;)
        {
            int count = Word(records, at + 4);
            for (int n = 0; n < count; n++) kinds.Add(Word(records, at + 8 + 16 * n + 12));
            at += 8 + 16 * count;
        }
        return kinds;

        static int Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
    }
}
