using Chainring.Kernels.Maps;
using Chainring.Offload;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels;

/// <summary>Why a backend or the card will not take something that loaded well. Every such text is in this file.</summary>
public sealed record Refusal(string Id, string Name, string Sentence) : Problem(Id, Name, Sentence)
{
    public override bool IsBadInput => false;

    // ── Maps ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    public static Refusal MapType(MapSpec map, IEnumerable<MapType> supported) =>
        new("R01", "map-type", $"map {map.Name} is of type {map.TypeName}; the card has {string.Join(", ", supported.Select(MapSpec.NameOf))}");

    public static Refusal MapShape(MapSpec map, string why) =>
        new("R02", "map-shape", $"map {map.Name} ({map.TypeName}) cannot be created: {why}");

    public static Refusal PinnedMapDiffers(MapSpec map, MapSpec other) =>
        new("R03", "pinned-map-differs",
            $"map {map.Name} is pinned by name but declared differently: {Shape(map)} here, {Shape(other)} there");

    static string Shape(MapSpec map) => $"{map.TypeName} key {map.KeySize}B value {map.ValueSize}B max_entries {map.MaxEntries}";

    // ── Programs ───────────────────────────────────────────────────────────────────────────────────────────────────────
    public static Refusal NoHelper(string program, int slot, string helper, long id) =>
        new("R10", "no-such-helper", $"{program}: instruction {slot} calls {helper} (id {id}), {KernelOnly.Why(helper) ?? "which the card does not have"}");

    public static Refusal KernelFunction(string program, int slot, long id) =>
        new("R11", "kernel-function", $"{program}: instruction {slot} calls a kernel function (id {id}) that the card does not have");

    public static Refusal NotXdp(string program, string section, string prefix) =>
        new("R13", "not-xdp", $"{program}: section {section} belongs to another program type ({prefix})");

    public static Refusal TooManyPrograms(string program, int limit) =>
        new("R14", "too-many-programs", $"{program}: the card holds {limit} programs and is full");

    public static Refusal TooManyInstructions(string program, int count, int limit) =>
        new("R15", "too-many-instructions", $"{program}: it has {count} instructions, and the card takes {limit}");

    public static Refusal TooManyMaps(MapSpec map, int limit) =>
        new("R16", "too-many-maps", $"map {map.Name}: the card holds {limit} maps and is full");

    public static Refusal Aborted(string program, AbortReason reason) =>
        new("R17", "aborted", $"{program} was aborted: {Aborts.NameOf(reason)}");

    public static Refusal OtherKind(string program, string array, bool frags) =>
        new("R18", "other-kind", $"{program}: {(frags ? "it supports" : "it does not support")} multi-buffer frames, and other programs of map {array} {(frags ? "do not" : "do")}");

    // ── The chain table ────────────────────────────────────────────────────────────────────────────────────────────────
    public static Refusal ChainFlags(ulong flags) =>
        new("C01", "chain-flags", $"update flags 0x{flags:x} are not BPF_ANY, BPF_NOEXIST or BPF_EXIST");

    public static Refusal ChainKeyZero() =>
        new("C02", "chain-key-zero", "a chain table is keyed by program id, and 0 is none");

    public static Refusal ChainEntryEmpty(uint program) =>
        new("C03", "chain-entry-empty", $"the entry for program {program} names no next program; delete it instead");

    public static Refusal ChainNoProgram(uint program) =>
        new("C04", "chain-no-program", $"there is no program with id {program} on this card");

    public static Refusal ChainEntryExists(uint program) =>
        new("C05", "chain-entry-exists", $"program {program} has an entry already");

    public static Refusal ChainNoEntry(uint program) =>
        new("C06", "chain-no-entry", $"program {program} has no entry");

    public static Refusal ChainTableFull(int maxEntries) =>
        new("C07", "chain-table-full", $"the chain table holds {maxEntries} entries and is full");

    public static Refusal ChainCycle(IReadOnlyList<string> path) =>
        new("C08", "chain-cycle", $"the entry would close a cycle: {string.Join(" -> ", path)}");

    public static Refusal ChainTableSize(int maxEntries) =>
        new("C09", "chain-table-size", $"a chain table cannot have {maxEntries} entries");

    // ── Installing ─────────────────────────────────────────────────────────────────────────────────────────────────────
    public static Refusal TableWithoutProgram() =>
        new("C20", "table-without-program", "a chain table can only be installed together with a program");

    public static Refusal TableWouldBeLost() =>
        new("C21", "table-would-be-lost", "a chain table is installed; say what shall become of it when changing the program");

    public static Refusal TableOnDetach() =>
        new("C22", "table-on-detach", "a chain table cannot be installed while detaching the program");

    public static Refusal WrongProgram(uint expected, uint actual) =>
        new("C23", "wrong-program", $"the attached program is {(actual == 0 ? "none" : $"id {actual}")}, not {(expected == 0 ? "none" : $"id {expected}")} as expected");

    public static Refusal StaleRevision(ulong expected, ulong actual) =>
        new("C24", "stale-revision", $"the chain table is at revision {actual}, not {expected} as expected");

    public static Refusal AlreadyAttached(uint actual) =>
        new("C25", "already-attached", $"program {actual} is attached already");

    public static Refusal OtherCard(string what) =>
        new("C26", "other-card", $"{what} belongs to another device");
}
