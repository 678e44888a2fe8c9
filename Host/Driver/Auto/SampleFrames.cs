using Chainring.Nic.Wire;
using Chainring.Offload;

namespace Chainring.Host.Driver.Auto;

/// <param name="Ifindex">Of the port that it comes to.</param>
public sealed record SampleFrame(byte[] Bytes, uint Ifindex, ulong TimestampNs);

/// <summary>Frames as a card will receive them, looked at before it does.</summary>
/// <param name="What">What they are, as in "measured over …".</param>
/// <param name="Frames">In the order of their timestamps.</param>
/// <param name="Expected">About how many frames the card will receive; infinity where that has no end, NaN where nobody can know.</param>
public sealed record SampleFrames(string What, IReadOnlyList<SampleFrame> Frames, double Expected)
{
    /// <summary>More than branch predictors learn.</summary>
    const int Most = 8192;

    const int RecordBytes = 16;
    const ulong MixtureBitsPerSecond = 10_000_000_000;

    /// <summary>
    /// The first frames of the captures and generators that a card is plugged into, each opened once more for that; a mixture of ours for a card whose
    /// wires do not show theirs before it is in operation.
    /// </summary>
    /// <param name="openCapture">Opens a capture; what is wrong with it is said when it is opened to be run.</param>
    /// <param name="bytesOf">How large a capture is; null for what can be read only once.</param>
    public static SampleFrames Of(CardSpec card, Func<string, int, Result<PcapWire>> openCapture, Func<string, long?> bytesOf)
    {
        var opener = new WireOpener(Live: false, openCapture, _ => Stream.Null);
        var frames = new List<SampleFrame>();
        double expected = 0;
        foreach (var port in card.Ports)
        {
            var spec = port.Wire;
            if (spec.IsEndless) expected = double.PositiveInfinity;
            if (!spec.HasEnd && spec.Kind != WireKind.Generate) continue;
            long? bytes = spec.Kind == WireKind.Capture ? bytesOf(spec.Name) : 0;
            if (bytes is null) return new("", [], double.NaN);
            if (!opener.Open(spec with { Repeat = 1 }, port.Config).Try(out var wire, out _)) continue;
            using (wire)
            {
                int before = frames.Count;
                Take(wire, Math.Max(1, Most / card.Ports.Count), port.Ifindex, frames);
                expected += spec.Kind == WireKind.Generate ? spec.Frames ?? double.PositiveInfinity
                    : wire.Ended ? (double)(frames.Count - before) * spec.Repeat
                    : (double)bytes / frames.Skip(before).Average(f => f.Bytes.Length + RecordBytes) * spec.Repeat;
            }
        }
        return frames.Count > 0 ? new("its first frames", [.. frames.OrderBy(f => f.TimestampNs)], expected) : Mixture(card) with { Expected = expected };
    }

    /// <summary>Without frames of other lengths than those; the mixture where nothing is left.</summary>
    /// <param name="shortest">In bytes, and so is the longest.</param>
    public SampleFrames Within(int shortest, int longest, CardSpec card)
    {
        IReadOnlyList<SampleFrame> left = [.. Frames.Where(f => f.Bytes.Length >= shortest && f.Bytes.Length <= longest)];
        return left.Count > 0 ? this with { Frames = left } : Mixture(card) with { Expected = Expected };
    }

    /// <summary>TCP, UDP and ICMP over both versions of IP, some behind a tag, and ARP, in sizes as on the Internet: to each port in turn.</summary>
    static SampleFrames Mixture(CardSpec card)
    {
        var traffic = new TrafficSpec
        {
            Flows = 1024,
            Order = FlowOrder.Uniform,
            Sizes = SizeMix.Imix,
            Shapes =
            [
                new(Network.Ipv4, Transport.Tcp), new(Network.Ipv4), new(Network.Ipv6, Transport.Tcp), new(Network.Ipv4, Transport.Tcp, Tags: 1),
                new(Network.Ipv4, Transport.Tcp), new(Network.Ipv4), new(Network.Ipv6), new(Network.Ipv4, Transport.Icmp),
                new(Network.Ipv4, Transport.Tcp), new(Network.Ipv4), new(Network.Ipv4, Transport.Tcp), new(Network.Arp),
            ],
        };
        var frames = new List<SampleFrame>();
        using var wire = new GeneratorWire(traffic, Pacing.Timestamps(MixtureBitsPerSecond), Most);
        Take(wire, Most, 0, frames);
        return new("made-up frames", [.. frames.Select((f, n) => f with { Ifindex = card.Ports[n % card.Ports.Count].Ifindex })], double.PositiveInfinity);
    }

    static void Take(IWire wire, int most, uint ifindex, List<SampleFrame> into)
    {
        for (int n = 0; n < most && wire.TryReceive(out var frame); n++) into.Add(new(frame.Bytes.ToArray(), ifindex, frame.TimestampNs));
    }
}
