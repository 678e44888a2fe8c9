using Chainring.Kernels;
using Chainring.Nic.Pcap;

namespace Chainring.Tests.Support;

/// <summary>The captures in <c>pcaps/</c>, and the counters that <c>scripts/count-pcaps</c> wrote beside them.</summary>
static class Captures
{
    public static string Folder { get; } = TestData.FromRoot("pcaps");

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder, "*.pcap").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    public static string PathOf(string name) => Path.Combine(Folder, name + ".pcap");

    /// <summary>The lines <c>key: value</c> of NAME.expected.yaml.</summary>
    public static Dictionary<string, string> Expected(string name) =>
        File.ReadLines(Path.Combine(Folder, name + ".expected.yaml"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>The frames that a program without frags support can be given, and how many others there are.</summary>
    public static (IReadOnlyList<byte[]> Frames, int Missed) Frames(string name)
    {
        using var reader = CaptureReader.Open(File.OpenRead(PathOf(name)), name).Value;
        var frames = new List<byte[]>();
        int missed = 0;
        while (reader.TryRead(out var record))
        {
            if (record.Frame.Length is >= Frame.MinLength and <= Frame.MaxLength) frames.Add(record.Frame.ToArray());
            else missed++;
        }
        return (frames, missed);
    }
}
