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

    public static InputError NotHex(string what) => new("U15", "not-hex", $"{what} is not pairs of hex digits");

    public static InputError TooMuchMemory(int bytes, int most) => new("U16", "too-much-memory", $"MEMORY has {bytes} bytes, and at most {most} fit into a frame");
}
