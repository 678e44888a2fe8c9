using System.Runtime.InteropServices;
using Chainring.Kernels.Simd;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Simd;

/// <summary>The beginnings of frames, set out by place.</summary>
public sealed class HeaderSlicesTests
{
    /// <summary>Every word of every frame is where it belongs, for as many words as are wanted and lanes as a shape has.</summary>
    [Test]
    public unsafe void Words_of_frames_are_in_the_vectors_of_their_places([Values(2, 4, 8)] int half, [Values(0, 1, 8, 9, 15, 16, 17, 24, 25, 32)] int words)
    {
        const int most = 2 * HeaderSlices.PerHalf, apart = most * HeaderSlices.WordBytes + 3;
        byte[] frames = GC.AllocateArray<byte>(LaneShape.Halves * half * apart, pinned: true);
        for (int n = 0; n < frames.Length; n++) frames[n] = (byte)(n * 7 + n / 251);
        nint first = Marshal.UnsafeAddrOfPinnedArrayElement(frames, 0);
        nint[] starts = [.. Enumerable.Range(0, LaneShape.Halves * half).Select(lane => first + lane * apart)];
        uint[] slices = new uint[HeaderSlices.PerHalf * LaneShape.Halves * half], more = new uint[slices.Length];
        fixed (nint* at = starts)
        fixed (uint* to = slices, toMore = more) HeaderSlices.Make(at, at + half, to, toMore, words, half);
        for (int word = 0; word < words; word++)
        {
            for (int lane = 0; lane < starts.Length; lane++)
            {
                uint found = (word < HeaderSlices.PerHalf ? slices : more)[word % HeaderSlices.PerHalf * starts.Length + lane];
                Assert.That(found, Is.EqualTo(BitConverter.ToUInt32(frames, lane * apart + word * HeaderSlices.WordBytes)), $"word {word} of lane {lane}");
            }
        }
    }
}
