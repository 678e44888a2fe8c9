using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using Chainring.Tests.Nic.Wire;
using Chainring.Tests.Support;

namespace Chainring.Tests.Oracle;

/// <summary>One frame and its place in a capture, counted from 0.</summary>
readonly record struct CapturedFrame(string Capture, long Number, byte[] Bytes)
{
    public override string ToString() => $"{Capture}, frame {Number}";
}

/// <summary>Frames that a card can be given: 14 to 9,022 bytes.</summary>
sealed record Capture(string Name, IReadOnlyList<CapturedFrame> Frames)
{
    /// <summary>
    /// What a chain of several programs is given, unless all of them support frags. Each program of a replayed chain starts at the usual place, so
    /// that a frame grown at its head by the one before may be longer than what is shown there. 216 bytes is all that a head can grow.
    /// </summary>
    const int LongestInChain = Frame.MaxLength - (Frame.Headroom - Frame.RecordBytes);

    static readonly Lazy<IReadOnlyList<Capture>> Files = new(ReadAll);

    static readonly SizeMix Sizes =
        new(new(14, 128, 8), new(129, 600, 3), new(601, 1518, 2), new(1519, Frame.MaxLength, 1), new(Frame.MaxLength + 1, PortConfig.MaxFrame, 1));

    /// <summary>Every capture of <c>pcaps/</c>.</summary>
    public static IReadOnlyList<Capture> All => Files.Value;

    /// <summary>All of them as if they were one.</summary>
    public static Capture Joined => new("all captures", [.. All.SelectMany(c => c.Frames)]);

    /// <summary>Everything that the generator knows, a part of it broken: the same frames for the same seed.</summary>
    public static Capture Generated(ulong seed, int frames)
    {
        var generator = new FrameGenerator(new()
        {
            Seed = seed,
            Flows = 200,
            Order = FlowOrder.Uniform,
            Sizes = Sizes,
            Shapes = Shapes(),
            DefectPercent = 20,
        });
        var buffer = new byte[generator.LongestFrame];
        return Of($"generated, seed {seed}", Enumerable.Range(0, frames).Select(_ => buffer.AsSpan(0, generator.Next(buffer)).ToArray()));
    }

    /// <summary>Tunnels and applications in turn, every fifth frame damaged; other ones than the captures' for any seed.</summary>
    public static Capture Protocols(ulong seed, int frames) => Of($"protocols, seed {seed}", Enumerable.Range(0, frames).Select(number =>
    {
        var random = new SplitMix64(SplitMix64.Mix(seed + 1) + (ulong)number);
        byte[] frame = random.Below(5) < 2 ? TunnelFrames.Make(random.Below(1 << 16), random) : ApplicationFrames.Make(random.Below(1 << 16), random);
        return GeneratedCaptures.Damaged(frame, number, ref random);
    }));

    public static Capture Of(string name, IEnumerable<byte[]> frames) => new(name,
    [
        .. frames.Select((bytes, n) => new CapturedFrame(name, n, bytes)).Where(f => f.Bytes.Length >= Frame.MinLength && f.Bytes.Length <= PortConfig.MaxFrame),
    ]);

    /// <summary>The frames for which the kernel can say what becomes of them in this chain.</summary>
    public IReadOnlyList<CapturedFrame> For(ChainSpec chain)
    {
        int longest = chain.Members.All(m => m.Program.Frags) ? PortConfig.MaxFrame : chain.Members.Count == 1 ? Frame.MaxLength : LongestInChain;
        return [.. Frames.Where(f => f.Bytes.Length <= longest)];
    }

    static IReadOnlyList<Capture> ReadAll() =>
        [.. Directory.EnumerateFiles(TestData.FromRoot("pcaps"), "*.pcap").Order(StringComparer.Ordinal).Select(Read)];

    static Capture Read(string path)
    {
        using var reader = CaptureReader.Open(File.OpenRead(path), path).Value;
        var frames = new List<byte[]>();
        while (reader.TryRead(out var record)) frames.Add(record.Frame.ToArray());
        return Of(Path.GetFileName(path), frames);
    }

    static List<FlowShape> Shapes()
    {
        const Ipv6Extensions all = Ipv6Extensions.HopByHop | Ipv6Extensions.Routing | Ipv6Extensions.DestinationOptions;
        List<FlowShape> shapes = [];
        for (int tags = 0; tags <= 2; tags++)
        {
            shapes.AddRange([new(Network.Arp, Tags: tags), new(Network.Plain, Tags: tags)]);
            foreach (var transport in Enum.GetValues<Transport>())
            {
                shapes.AddRange(
                [
                    new(Network.Ipv4, transport, tags), new(Network.Ipv4, transport, tags, OptionWords: 1 + tags), new(Network.Ipv6, transport, tags),
                    new(Network.Ipv6, transport, tags, Extensions: all), new(Network.Ipv4, transport, tags, Fragmented: true),
                ]);
            }
        }
        return shapes;
    }
}
