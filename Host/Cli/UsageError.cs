using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>What can be wrong with a command line. Every such text that System.CommandLine does not already say is in this file.</summary>
static class UsageError
{
    public static string NotANumber(string option, string text, string least, string most) =>
        $"{option} must be a whole number from {least} to {most}, not '{text}'";

    public static string NotOneOf(string option, string text, IEnumerable<string> known) =>
        $"{option} must be one of {string.Join(", ", known)}, not '{text}'";

    public static string Empty(string option) => $"{option} must not be empty";

    public static string NoSuchCommand(string name) => $"there is no command '{name}'";

    public static InputError BadLine(string command, string what) =>
        new("U01", "usage", $"{what}; see {command} --help");

    public static InputError ChainOrProgram() => new("U02", "chain-or-program", "give either --chain FILE.yaml or --prog OBJ[:PROGRAM]");

    public static InputError CannotRead(string path, string why) => new("U03", "cannot-read", $"{path}: {why}");

    public static InputError CannotWrite(string path, string why) => new("U04", "cannot-write", $"{path}: {why}");

    public static InputError RepeatPipe(string path) => new("U05", "repeat-pipe", $"{path} can be played only once; --repeat needs a file");

    public static InputError NoDemo(string folder) => new("U06", "no-demo", $"the demo's files are not there: {folder}");

    public static InputError DroppedWithoutOut() => new("U07", "dropped-without-out", "--dropped says what to put into --out DIR, which is missing");

    public static InputError PcapngWithoutOut() => new("U08", "pcapng-without-out", "--pcapng says how to write --out DIR, which is missing");

    public static InputError CommentsWithoutPcapng() =>
        new("U09", "comments-without-pcapng", "--comments needs --pcapng: classic captures have no room for comments");

    public static InputError NoCaptures(string folder, IEnumerable<string> endings) =>
        new("U10", "no-captures", $"{folder}: holds no capture; their names end in {string.Join(", ", endings)}");

    public static InputError OneOutput() => new("U11", "one-output", "--json - and --stats - cannot both go to standard output");

    public static InputError NothingToRun() => new("U12", "nothing-to-run", "give --in CAPTURE, or --card FILE with ports that have wires");

    public static InputError CardSays(string option) => new("U13", "card-says", $"{option} is a port's own: the card file says it");

    public static InputError TooManyCaptures(string text, int ports) =>
        new("U14", "too-many-captures", $"--in {text}: the card has only {ports} {(ports == 1 ? "port" : "ports")}, and no port's name stands before a '='");

    public static InputError PortTwice(string text, string port) => new("U17", "port-twice", $"--in {text}: port {port} plays another capture already");

    public static InputError TooManyBuffers(long buffers, long most) =>
        new("U18", "too-many-buffers", $"rings and batches of all queues need {buffers:N0} buffers of 4 KiB, and a card has at most {most:N0}; give a smaller --ring or --batch, or fewer --queues");

    public static InputError NoMemory() => new("U19", "no-memory", "there is not enough memory; fewer or smaller queues, rings, batches or maps need less");

    public static InputError ObjectOrChain() => new("U20", "object-or-chain", "give either OBJ[:PROGRAM] or --chain FILE.yaml");

    public static InputError PassesWithoutIr() => new("U21", "passes-without-ir", "--passes says what else to show of --ir, which is missing");

    public static InputError NoNative() => new("U22", "no-native", "--native reads machine code of x64, and this is another machine");

    public static InputError BranchesWithoutOpenCl() => new("U23", "branches-without-opencl", "--branches says in which shape to show --opencl, which is missing");

    public static InputError OnlyOnDevice(string option) => new("U24", "only-on-device", $"{option} is for --backend opencl; the others keep the order of all frames, and wait for nothing");

    public static InputError BeforeOrAfter() => new("U25", "before-or-after", "give either --before STAGE or --after STAGE");

    public static InputError IdOrAll() => new("U26", "id-or-all", "Need prog ID or --all");

    public static InputError StageAndObject(string text) => new("U27", "stage-and-object", $"'{text}' is not STAGE=OBJ[:PROGRAM]");

    /// <summary>In bpftool's words.</summary>
    public static InputError MapWords(string what) => new("U28", "map-words", what);

    public static InputError NoSocketHere() => new("U29", "no-socket-here", "the socket of a running card needs Linux");

    public static InputError QuickOrFull() => new("U30", "quick-or-full", "give either --quick or --full");

    public static InputError NotInList(string option, string word, string known) => new("U31", "not-in-list", $"{option}: there is no '{word}'; there are {known}");

    public static InputError NoFrames(string capture) => new("U32", "no-frames", $"{capture}: has no frame that a port takes");

    public static InputError NotHex(string what) => new("U15", "not-hex", $"{what} is not pairs of hex digits");

    public static InputError TooMuchMemory(int bytes, int most) => new("U16", "too-much-memory", $"MEMORY has {bytes} bytes, and at most {most} fit into a frame");
}
