using System.IO.Hashing;
using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>What became of a frame: its verdict, its length then, and a checksum of its first bytes.</summary>
public readonly record struct Outcome(XdpAction Action, int Length, uint Crc)
{
    const int ComparedBytes = 128;

    /// <summary>Of frame <paramref name="n"/> of a batch that has been run.</summary>
    public static Outcome Of(PacketBatch batch, int n)
    {
        var bytes = batch.Bytes(n);
        return new(batch.Verdicts[n].Action, bytes.Length, Crc32.HashToUInt32(bytes[..Math.Min(bytes.Length, ComparedBytes)]));
    }

    public override string ToString() => $"{Action} with {Length} bytes of checksum {Crc:x8}";
}

/// <summary>A program on a backend of the card.</summary>
public sealed class BackendRun(IKernel kernel, FrameFeed feed, bool refills) : CardRun(kernel, feed, refills)
{
    /// <summary>What the map takes whose size differs between cases.</summary>
    public long? MapBytes { get; init; }

    /// <summary>What becomes of the first frames, whole batches of them and all of them once at most.</summary>
    public IReadOnlyList<Outcome> Outcomes(int most)
    {
        var batch = Feed.Batch;
        var outcomes = new List<Outcome>();
        Feed.Rewind();
        do
        {
            Feed.Next();
            Kernel.Run(batch);
            for (int n = 0; n < batch.Count; n++) outcomes.Add(Outcome.Of(batch, n));
        }
        while (outcomes.Count + batch.Count <= Math.Min(most, Feed.Frames.Count));
        return outcomes;
    }
}
