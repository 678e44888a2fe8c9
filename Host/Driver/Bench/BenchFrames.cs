using System.Runtime.CompilerServices;
using Chainring.Nic.Wire;

namespace Chainring.Host.Driver.Bench;

/// <summary>The bytes of a frame that programs of a bench look at.</summary>
[InlineArray(Bytes)]
public struct FrameHead
{
    public const int Bytes = 64;

    byte _first;
}

/// <summary>Frames in the order in which they arrive, the first bytes and the length of each: nothing else of them is read, so nothing else is kept.</summary>
public sealed class BenchFrames
{
    const ulong Seed = 7;

    readonly FrameHead[] _heads;
    readonly ushort[] _lengths;
    readonly int[] _flows;

    BenchFrames(int count) => (_heads, _lengths, _flows) = (new FrameHead[count], new ushort[count], new int[count]);

    public int Count => _heads.Length;

    public ref readonly FrameHead Head(int n) => ref _heads[n];

    /// <summary>Bytes of the whole frame.</summary>
    public int LengthOf(int n) => _lengths[n];

    /// <summary>The number of its flow in the world that it was made of.</summary>
    public int FlowOf(int n) => _flows[n];

    public double MeanBytes => _lengths.Average(l => (double)l);

    /// <summary>A single frame.</summary>
    public static BenchFrames Of(ReadOnlySpan<byte> frame)
    {
        var frames = new BenchFrames(1);
        frames.Set(0, 0, frame);
        return frames;
    }

    /// <summary>A single frame of a flow, 64 bytes long.</summary>
    public static BenchFrames Of(BenchWorld world, int flow)
    {
        Span<byte> frame = stackalloc byte[FrameHead.Bytes];
        world.Write(flow, number: 0, frame);
        var frames = Of(frame);
        frames._flows[0] = flow;
        return frames;
    }

    /// <summary>So many frames, each of a flow drawn at random, all flows alike.</summary>
    public static BenchFrames Of(BenchWorld world, SizeMix sizes, int count)
    {
        var frames = new BenchFrames(count);
        var random = new SplitMix64(Seed);
        var buffer = new byte[sizes.Longest];
        for (int n = 0; n < count; n++)
        {
            int flow = random.Below(world.Flows);
            var frame = buffer.AsSpan(0, sizes.Draw(ref random));
            world.Write(flow, (uint)n, frame);
            frames.Set(n, flow, frame);
        }
        return frames;
    }

    void Set(int n, int flow, ReadOnlySpan<byte> frame)
    {
        frame[..Math.Min(frame.Length, FrameHead.Bytes)].CopyTo(_heads[n]);
        (_lengths[n], _flows[n]) = ((ushort)frame.Length, flow);
    }
}
