using Chainring.Kernels.Maps;
using Chainring.Offload;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels;

/// <summary>Why a backend or the card will not take something that loaded well. Every such text is in this file.</summary>
public sealed record Refusal(string Id, string Name, string Sentence) : Problem(Id, Name, Sentence)
{
    public override bool IsBadInput => false;

    /// <summary>The names of those by which a card refuses what others would take; device files speak of them.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "map-type", "map-flags", "too-many-maps", "map-entries", "map-entries-left", "map-element", "map-key", "map-value",
        "tail-calls", "redirect-maps", "operation", "atomic-operation", "helper", "context-read", "context-write", "map-store", "moves", "return-code", "stack", "call-depth", "too-many-instructions",
        "live-reload", "chain-programs", "chain-edges",
    ];

    /// <summary>Another backend may take it.</summary>
    public bool IsOfBackend { get; init; }

    /// <summary>What the driver of the real card says of it, in its own words; null if that is not known, or nothing.</summary>
    public string? DriverText { get; init; }

    /// <summary>The same with the words of the real card's driver.</summary>
    public Refusal InWordsOfDriver(string text) => this with { DriverText = text, Sentence = $"{Sentence}; the driver says '{text}'" };

    // ── Maps ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    public static Refusal MapType(MapSpec map, IEnumerable<MapType> supported) =>
        new("R01", "map-type", $"map {map.Name} is of type {map.TypeName}; the card has {string.Join(", ", supported.Select(MapSpec.NameOf))}");

    public static Refusal MapShape(MapSpec map, string why) =>
        new("R02", "map-shape", $"map {map.Name} ({map.TypeName}) cannot be created: {why}");

    public static Refusal PinnedMapDiffers(MapSpec map, MapSpec other) =>
        new("R03", "pinned-map-differs",
            $"map {map.Name} is pinned by name but declared differently: {Shape(map)} here, {Shape(other)} there");

    public static Refusal MapFlags(MapSpec map, MapFlags admitted) =>
        new("R20", "map-flags", $"map {map.Name} has flags 0x{(uint)(map.Flags & ~admitted):x}, which the card does not take");

    public static Refusal MapEntries(MapSpec map, int limit) =>
        new("R21", "map-entries", $"map {map.Name} has {map.MaxEntries} entries, and the card takes {limit}");

    public static Refusal MapEntriesLeft(MapSpec map, long left, long limit) =>
        new("R22", "map-entries-left", $"map {map.Name} has {map.MaxEntries} entries, and of the {limit} that the card has for all maps {left} are left");

    public static Refusal MapElement(MapSpec map, long bytes, int limit) =>
        new("R23", "map-element", $"map {map.Name}: key and value take {bytes} bytes, each rounded up to 8, and the card has {limit} for them");

    public static Refusal MapKey(MapSpec map, int limit) =>
        new("R24", "map-key", $"map {map.Name} has keys of {map.KeySize} bytes, and the card takes {limit}");

    public static Refusal MapValue(MapSpec map, int limit) =>
        new("R25", "map-value", $"map {map.Name} has values of {map.ValueSize} bytes, and the card takes {limit}");

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

    public static Refusal TailCalls(string program, int slot, string map) =>
        new("R30", "tail-calls", $"{program}: instruction {slot} names prog array {map}, and the card has no tail calls");

    public static Refusal RedirectMaps(string program, int slot, MapSpec map) =>
        new("R31", "redirect-maps", $"{program}: instruction {slot} names map {map.Name} ({map.TypeName}), and the card cannot redirect by maps");

    public static Refusal Operation(string program, int slot, string operation) =>
        new("R32", "operation", $"{program}: instruction {slot} is of the kind {operation}, which the card does not have");

    public static Refusal AtomicOperation(string program, int slot, string operation) =>
        new("R33", "atomic-operation", $"{program}: instruction {slot} is of the kind {operation}, which the card cannot do atomically");

    public static Refusal Helper(string program, int slot, string helper) =>
        new("R34", "helper", $"{program}: instruction {slot} calls {helper}(), which the card does not have");

    public static Refusal ContextRead(string program, int slot, string field, IReadOnlyList<string> readable) =>
        new("R35", "context-read", $"{program}: instruction {slot} reads {field} of the context, of which the card has {string.Join(", ", readable)}");

    public static Refusal ContextWrite(string program, int slot, string field) =>
        new("R36", "context-write", $"{program}: instruction {slot} writes {field} of the context, which the card cannot");

    public static Refusal MapStore(string program, int slot, string map) =>
        new("R37", "map-store", $"{program}: instruction {slot} stores to a value of map {map}, which only helpers and atomic operations may on the card");

    public static Refusal Moves(string program, int slot, string helper, int least, int most, int from, int to) =>
        new("R38", "moves", $"{program}: instruction {slot} calls {helper}() with {(least == most ? $"{least}" : $"{least} to {most}")}, and the card takes {from} to {to}");

    public static Refusal ReturnCode(string program, int slot, string code, IReadOnlyList<string> admitted) =>
        new("R39", "return-code", $"{program}: it may return {code} at instruction {slot}, and the card takes {string.Join(", ", admitted)}");

    public static Refusal Stack(string program, int bytes, int limit) =>
        new("R40", "stack", $"{program}: it uses {bytes} bytes of stack, and the card has {limit}");

    public static Refusal CallDepth(string program, int depth, int limit) =>
        new("R41", "call-depth", $"{program}: up to {depth} of its functions are in progress at once, and the card takes {limit}");

    // ── What backends do not take of a program ─────────────────────────────────────────────────────────────────────────
    public static Refusal SeveralFunctions(string program, int slot, string backend) =>
        new("R50", "several-functions", $"{program}: instruction {slot} gives a helper one of several functions, and backend {backend} has to know which") { IsOfBackend = true };

    public static Refusal TooManyInlined(string program, int limit, string backend) =>
        new("R51", "too-many-inlined", $"{program}: with its functions put where they are called it has more than {limit} instructions, and backend {backend} compiles no more") { IsOfBackend = true };

    public static Refusal NotOnDevice(string program, string backend, string why) =>
        new("R53", "not-on-device", $"{program} {why}, which backend {backend} does not do on a device") { IsOfBackend = true };

    public static Refusal ChainNotOnDevice(string backend, string why) =>
        new("R54", "chain-not-on-device", $"backend {backend} does not run the chain: {why}") { IsOfBackend = true };

    public static Refusal BackendMissing(string backend, string what) =>
        new("R52", "backend-missing", $"backend {backend} cannot be used: {what}") { IsOfBackend = true };

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

    public static Refusal EndWithoutTable() =>
        new("C30", "end-without-table", "what becomes of the last program's codes can only be said together with a chain table");

    // ── What a card takes of a chain ───────────────────────────────────────────────────────────────────────────────────
    public static Refusal LiveReload(string program, string attached) =>
        new("C27", "live-reload", $"{program} cannot replace {attached} while it runs on this card; detach that first");

    public static Refusal ChainPrograms(int programs, int limit) =>
        new("C28", "chain-programs", $"the chain has {programs} programs, and the card takes {limit}{(limit == 1 ? ": it does not chain" : "")}");

    public static Refusal ChainEdges(int edges, int limit) =>
        new("C29", "chain-edges", $"the chain has {edges} edges, and the card takes {limit}");
}
