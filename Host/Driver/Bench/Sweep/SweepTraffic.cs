using System.IO.Hashing;
using Chainring.Host.Driver.Auto;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary>Frames that chains are measured over, whole ones.</summary>
public sealed record SweepTraffic(string Name, string Description, IReadOnlyList<SampleFrame> Frames)
{
    public const string Mix = "imix";

    /// <summary>Frames of the flows of a world, all flows alike, drawn at random.</summary>
    /// <param name="name">Bytes of a frame, or <see cref="Mix"/>.</param>
    public static SweepTraffic Made(string name, BenchWorld world, int count, ulong seed)
    {
        var sizes = name == Mix ? BackendTraffic.Imix : SizeMix.Fixed(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture));
        var random = new SplitMix64(seed);
        var frames = new SampleFrame[count];
        for (int n = 0; n < count; n++)
        {
            int flow = random.Below(world.Flows);
            byte[] bytes = new byte[sizes.Draw(ref random)];
            world.Write(flow, (uint)n, bytes);
            frames[n] = new(bytes, CaptureRun.Ifindex, (ulong)n * 1000);
        }
        return new(name, name == Mix ? "frames of 64, 570 and 1514 bytes, 7 : 4 : 1" : $"frames of {name} bytes", frames);
    }

    /// <summary>The first frames of a capture that a port takes; none if it has none.</summary>
    public static SweepTraffic Of(string name, PcapWire wire, int most)
    {
        var frames = new List<SampleFrame>();
        while (frames.Count < most && wire.TryReceive(out var frame))
        {
            if (frame.Bytes.Length is >= Frame.MinLength and <= Frame.MaxLength) frames.Add(new(frame.Bytes.ToArray(), CaptureRun.Ifindex, frame.TimestampNs));
        }
        return new(name, $"the first {frames.Count:N0} frames of {name}", frames);
    }

    public TrafficFacts Facts => new(Name, Description, Frames.Count, Frames.Average(f => f.Bytes.Length));

    public string Checksum()
    {
        var hash = new XxHash64();
        foreach (var frame in Frames) hash.Append(frame.Bytes);
        return $"{hash.GetCurrentHashAsUInt64():x16}";
    }
}
