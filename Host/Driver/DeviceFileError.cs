using Chainring.Offload;

namespace Chainring.Host.Driver;

/// <summary>What can be wrong with what a device file means. Every such text is in this file; each begins with file and line.</summary>
public static class DeviceFileError
{
    public static InputError NoSuchDevice(string name, IEnumerable<string> known) =>
        new("Y50", "no-such-device", $"{name}: there is no device file there, and no device of that name; there are {string.Join(", ", known)}");

    public static InputError NoSuchHelper(string where, string name) =>
        new("Y51", "no-such-helper", $"{where}: '{name}' is no helper or kfunc that Chainring has; see docs/helpers.md");

    public static InputError NotAmong(string where, string what, string text, IEnumerable<string> known) =>
        new("Y52", "not-among", $"{where}: {what} may have {string.Join(", ", known)}, not '{text}'");

    public static InputError Backwards(string where, int least, int most) =>
        new("Y53", "backwards", $"{where}: the least, {least}, is above the most, {most}");
}
