using Chainring.Nic.Wire;

namespace Chainring.Host.Driver.Bench;

/// <summary>How large what is measured is.</summary>
public sealed record BackendSizes
{
    /// <summary>Entries of small maps, which caches hold.</summary>
    public int Small { get; init; } = 1024;

    /// <summary>Entries of large maps, which caches do not hold.</summary>
    public int Large { get; init; } = 1 << 22;

    /// <summary>Mixed frames before the first one comes again: more than branch predictors learn (on a Zen 5, <c>xdp1</c> took 3 ns with 2^8, 5 with 2^12, and 7 from 2^16 on).</summary>
    public int Frames { get; init; } = 1 << 16;

    /// <summary>The same with large maps: what these frames reach must not fit into a cache either.</summary>
    public int FramesOfLarge { get; init; } = 1 << 20;
}

/// <summary>Frames, and the world of which programs know.</summary>
/// <param name="Name">As the report has it.</param>
/// <param name="IsMixed">Many frames of many flows, and so each batch is filled anew; otherwise it is one frame again and again.</param>
/// <param name="Programs">What is run over them.</param>
public sealed record BackendTraffic(string Name, string Description, bool IsMixed, BenchFrames Frames, BenchWorld World, IReadOnlyList<BackendProgram> Programs)
{
    /// <summary>The frame that is run again and again.</summary>
    public const string One = "one";

    /// <summary>"Simple IMIX", 7 : 4 : 1.</summary>
    internal static readonly SizeMix Imix = new(new(64, 64, 7), new(570, 570, 4), new(1514, 1514, 1));

    /// <summary>Makes all traffic there is; the single frame first.</summary>
    public static IReadOnlyList<BackendTraffic> All(BackendSizes sizes)
    {
        BenchWorld small = new(sizes.Small), large = new(sizes.Large);
        // Programs without a map that grows would do the same once more.
        BackendProgram[] withMaps = [.. BackendProgram.All.Where(p => p == BackendProgram.Empty || p.Map is not null)];
        return
        [
            new(One, "one frame of 64 bytes again and again", false, BenchFrames.Of(small, small.PlainFlow), small, BackendProgram.All),
            new("mixed", "mixed frames of 64 bytes", true, BenchFrames.Of(small, SizeMix.Fixed(FrameHead.Bytes), sizes.Frames), small, BackendProgram.All),
            new("mixed-imix", "mixed frames of 64, 570 and 1514 bytes, 7 : 4 : 1", true, BenchFrames.Of(small, Imix, sizes.Frames), small, BackendProgram.All),
            new("mixed-large-maps", "mixed frames of 64 bytes, large maps", true, BenchFrames.Of(large, SizeMix.Fixed(FrameHead.Bytes), sizes.FramesOfLarge), large, withMaps),
        ];
    }

    /// <summary>Frames as they are offloaded: of 64 bytes, of the usual three sizes, of 1500.</summary>
    public static IReadOnlyList<BackendTraffic> OfSizes(BackendSizes sizes)
    {
        var world = new BenchWorld(sizes.Small);
        return
        [
            new("64", "mixed frames of 64 bytes", true, BenchFrames.Of(world, SizeMix.Fixed(FrameHead.Bytes), sizes.Frames), world, BackendProgram.All),
            new("imix", "mixed frames of 64, 570 and 1514 bytes, 7 : 4 : 1", true, BenchFrames.Of(world, Imix, sizes.Frames), world, BackendProgram.All),
            new("1500", "mixed frames of 1500 bytes", true, BenchFrames.Of(world, SizeMix.Fixed(1500), sizes.Frames), world, BackendProgram.All),
        ];
    }

    /// <summary>Whether a program gets fresh frames for each batch.</summary>
    public bool Refills(BackendProgram program) => IsMixed || program.Change == FrameChange.Spend;

    /// <summary>What a batch of it is made in.</summary>
    /// <param name="change">What will be done to its frames; only those that nobody changes may share a buffer.</param>
    public FrameFeed Feed(FrameChange change, int batch) => new(Frames, batch, IsMixed || change != FrameChange.None ? batch : 1);
}
