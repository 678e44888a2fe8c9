using Chainring.Kernels;
using Chainring.Offload;

namespace Chainring.Host.Driver.Control;

/// <summary>A command that is understood and not carried out, with the error number that the kernel would have for it.</summary>
/// <param name="Errno">Positive; 0 if there is none.</param>
public sealed record ControlRefusal(string Id, string Name, string Sentence, int Errno) : Problem(Id, Name, Sentence)
{
    public override bool IsBadInput => false;
}

/// <summary>What can be wrong with a command to a running card. Every such text is in this file.</summary>
public static class ControlError
{
    // ── The line and the socket ────────────────────────────────────────────────────────────────────────────────────────
    public static InputError BadRequest(string why) => new("N01", "bad-request", $"the request is not understood: {why}");

    public static InputError OtherVersion(int version) => new("N02", "other-version", $"the card speaks version {ControlProtocol.Version} of the protocol, not {version}");

    public static InputError NoSuchCommand(string name) => new("N03", "no-such-command", $"the card has no command '{name}'");

    public static InputError Missing(string field) => new("N04", "missing-field", $"the request does not say '{field}'");

    public static InputError NotAbsolute(string path) => new("N05", "not-absolute", $"'{path}' is not an absolute path");

    public static InputError SocketTaken(string path) =>
        new("N06", "socket-taken", $"{path}: another chainring up is told what to do there; give this one a socket of its own by --socket PATH");

    public static InputError NoSocket(string path, string why) => new("N07", "no-socket", $"{path} cannot be listened at: {why}");

    public static InputError NoCard(string path) =>
        new("N08", "no-card", $"{path}: no card is running; start one with chainring up, or say by --socket PATH where it listens");

    public static InputError NoAnswer(string path, string why) => new("N09", "no-answer", $"{path}: the card gives no answer: {why}");

    public static InputError NotYours(string path, uint uid) => new("N10", "not-yours", $"{path}: what listens there is of user {uid}; if that is meant, say so by --socket PATH");

    public static ControlRefusal Stopped() => new("N11", "stopped", "the card is being stopped", Errno.NoDevice);

    // ── Ports and stages ───────────────────────────────────────────────────────────────────────────────────────────────
    public static InputError NoSuchPort(string name, IEnumerable<string> ports) => new("N20", "no-such-port", $"there is no port '{name}'; there are {Listed(ports)}");

    public static ControlRefusal SomePorts(IEnumerable<string> ports) =>
        new("N21", "some-ports", $"the card has one chain, which all of its ports run; name all of them: {string.Join(' ', ports)}", Errno.OperationNotSupported);

    public static InputError NoSuchStage(string name, IEnumerable<string> stages) => new("N22", "no-such-stage", $"there is no stage '{name}'; there are {Listed(stages)}");

    public static InputError StageExists(string name) => new("N23", "stage-exists", $"there is a stage '{name}' already");

    public static InputError BadAction(string word) => new("N24", "bad-action", $"'{word}' is no action; there are {string.Join(", ", ActionWords.All)}");

    public static ControlRefusal NotLoaded(uint id) => new("N25", "not-loaded", $"Program with ID {id} not loaded", Errno.NoEntry);

    public static ControlRefusal NothingLoaded() => new("N26", "nothing-loaded", "No XDP program loaded", Errno.NoEntry);

    public static ControlRefusal NotInOrder() =>
        new("N27", "not-in-order", "the programs have edges and no priorities; say by chain insert where another one goes, or by chain set what the chain is", Errno.Invalid);

    public static ControlRefusal EndStays(string stage, string actions) =>
        new("N28", "end-stays", $"libxdp's rule ends the chain at {stage} on {actions}, and only one stage can end it so; say --actions with all of them", Errno.Invalid);

    public static ControlRefusal EntryStays(string stage) =>
        new("N29", "entry-stays", $"every frame enters {stage}, and it is not clear which stage would be entered without it; say by chain set what the chain is", Errno.Invalid);

    public static ControlRefusal EndSpreads(string stage) =>
        new("N30", "end-spreads", $"libxdp's rule ends the chain at {stage}, to which several stages lead, and only one can end it so; say by chain set what the chain is", Errno.Invalid);

    public static ControlRefusal InProgArray(string stage, string map) =>
        new("N31", "in-prog-array", $"stage {stage} is in a slot of prog array {map} of another stage; say by chain set what the chain is", Errno.Busy);

    // ── Maps and programs ──────────────────────────────────────────────────────────────────────────────────────────────
    public static ControlRefusal NoSuchMap(string text) => new("N40", "no-such-map", $"there is no map {text}", Errno.NoEntry);

    public static InputError WhichMap(string name, IEnumerable<string> maps) => new("N41", "which-map", $"several maps are called '{name}'; say which: {string.Join(", ", maps)}");

    public static ControlRefusal NoSuchProgram(string text) => new("N42", "no-such-program", $"there is no program {text}", Errno.NoEntry);

    public static InputError WhichProgram(string name, IEnumerable<uint> ids) =>
        new("N43", "which-program", $"several programs are called '{name}'; say which: {string.Join(", ", ids.Select(id => $"id {id}"))}");

    /// <summary>In bpftool's words.</summary>
    public static InputError WrongLength(string what, int expected, int given) => new("N44", "wrong-length", $"{what} expected {expected} bytes got {given}");

    public static InputError NotHex(string what) => new("N45", "not-hex", $"the {what} is not pairs of hex digits");

    public static ControlRefusal MapRefuses(string what, int errno) => new("N46", "map-refuses", $"{what} failed", Math.Abs(errno));

    public static ControlRefusal ChainFills(string map, string type) =>
        new("N47", "chain-fills", $"map {map} is of type {type}, whose places the chain fills; say by chain set what the chain is", Errno.OperationNotSupported);

    public static InputError BadFlags(string word) => new("N48", "bad-flags", $"'{word}' is none of any, exist, noexist");

    static string Listed(IEnumerable<string> names) => string.Join(", ", names.DefaultIfEmpty("none"));
}
