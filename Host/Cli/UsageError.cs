using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>What can be wrong with a command line. Every such text that System.CommandLine does not already say is in this file.</summary>
static class UsageError
{
    public static InputError NoSuchBackend(string name, IEnumerable<string> known) =>
        new("U01", "no-such-backend", $"there is no backend '{name}'; there are {string.Join(", ", known)}");

    public static InputError ChainOrProgram() => new("U02", "chain-or-program", "give either --chain FILE.yaml or --prog OBJ[:PROGRAM]");

    public static InputError CannotRead(string path, string why) => new("U03", "cannot-read", $"{path}: {why}");

    public static InputError CannotWrite(string path, string why) => new("U04", "cannot-write", $"{path}: {why}");

    public static InputError RepeatPipe() => new("U05", "repeat-pipe", "standard input can be played once; --repeat needs a file");

    public static InputError NoDemo(string folder) => new("U06", "no-demo", $"the demo's files are not there: {folder}");

    public static InputError DroppedWithoutOut() => new("U07", "dropped-without-out", "--dropped says what to put into --out DIR, which is missing");
}
