using Chainring.Kernels;
using Chainring.Nic.Pcap;

namespace Chainring.Bench.Kernels;

/// <summary>Where the benches find what they run: captures and examples of the tree that they were built in.</summary>
static class BenchFrames
{
    /// <summary>A path below the top folder of the tree.</summary>
    public static string FromRoot(params string[] parts)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Chainring.slnx"))) return Path.Combine([folder.FullName, .. parts]);
        }
        throw new DirectoryNotFoundException("the benches must run inside the source tree");
    }

    /// <summary>The frames of a capture.</summary>
    public static IReadOnlyList<byte[]> Of(string capture)
    {
        string path = FromRoot("pcaps", capture);
        using var reader = CaptureReader.Open(File.OpenRead(path), path).Value;
        var frames = new List<byte[]>();
        while (reader.TryRead(out var record)) frames.Add(record.Frame.ToArray());
        return frames;
    }

    /// <summary>A full batch of a capture's frames, over and over.</summary>
    public static PacketBatch Batch(string capture, int frames)
    {
        var bytes = Of(capture);
        var batch = new PacketBatch(frames);
        for (int n = 0; n < frames; n++) batch.Add(bytes[n % bytes.Count]).Index = n;
        return batch;
    }
}
