using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Chainring.Kernels.OpenCl;

/// <summary>The part of device code that is written by hand: a file for each duty, and what it must know of the records of frames.</summary>
static class Prelude
{
    static readonly string[] Order = ["memory", "numbers", "frame", "columns", "checksum", "atomics", "fetch", "lock", "hash", "hash-lru", "hash-write", "hash-walk", "prefixes", "note", "redirect"];

    /// <summary>The text of some of the files, in the order in which they need each other.</summary>
    /// <param name="mostKeyBytes">Of a key of a map that evicts keys.</param>
    public static string Of(IReadOnlySet<string> parts, int mostKeyBytes)
    {
        var text = new StringBuilder(Records());
        if (parts.Contains("note")) text.Append(CultureInfo.InvariantCulture, $"#define MOST_NOTED {DeviceSource.NotedWords - 1}\n");
        if (parts.Contains("hash-write")) text.Append(CultureInfo.InvariantCulture, $"#define MOST_KEY_BYTES {mostKeyBytes}\n");
        foreach (string part in Order.Where(parts.Contains)) text.Append('\n').Append(Read(part));
        return text.ToString();
    }

    static string Read(string part)
    {
        using var stream = typeof(Prelude).Assembly.GetManifestResourceStream($"{part}.cl") ?? throw new InvalidOperationException($"no part {part} of the prelude");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Where the fields of a <see cref="Frame"/> are, as the runtime has laid it out.</summary>
    static unsafe string Records()
    {
        Frame frame = default;
        frame.Redirect = new((RedirectKind)byte.MaxValue, 0x5a5a5a5a, true);
        var redirect = new Span<byte>(&frame.Redirect, sizeof(RedirectTarget));
        long at = (byte*)&frame.Redirect - (byte*)&frame;
        (string Name, long Value)[] places =
        [
            ("BYTES", sizeof(Frame)), ("META", (byte*)&frame.Meta - (byte*)&frame), ("DATA", (byte*)&frame.Data - (byte*)&frame), ("END", (byte*)&frame.End - (byte*)&frame),
            ("FRAGMENTS", (byte*)&frame.FragmentBytes - (byte*)&frame), ("INDEX", (byte*)&frame.Index - (byte*)&frame), ("CLOCK", (byte*)&frame.ClockNs - (byte*)&frame),
            ("IFINDEX", (byte*)&frame.IngressIfindex - (byte*)&frame), ("RX_QUEUE", (byte*)&frame.RxQueue - (byte*)&frame), ("REDIRECT_INDEX", (byte*)&frame.RedirectIndex - (byte*)&frame),
            ("REDIRECT_KIND", at + redirect.IndexOf(byte.MaxValue)), ("REDIRECT_NUMBER", at + redirect.IndexOf((byte)0x5a)), ("REDIRECT_EXCLUDES", at + redirect.LastIndexOf((byte)1)),
        ];
        var text = new StringBuilder("// The record of a frame, and what a redirect can lead to.\n");
        foreach (var (name, value) in places) text.Append(CultureInfo.InvariantCulture, $"#define RECORD_{name} {value}\n");
        text.Append(CultureInfo.InvariantCulture, $"#define TO_INTERFACE {(int)RedirectKind.Interface}\n#define TO_CPU {(int)RedirectKind.Cpu}\n#define TO_SOCKET {(int)RedirectKind.Socket}\n#define TO_ALL {(int)RedirectKind.Broadcast}\n");
        return text.ToString();
    }
}
