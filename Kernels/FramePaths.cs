namespace Chainring.Kernels;

/// <summary>
/// Which programs ran on each frame of a batch, by their ids, in order. Kernels write it where a batch has one; programs that tail calls led to are
/// part of the one that made them.
/// </summary>
public sealed class FramePaths(int capacity)
{
    readonly uint[] _programs = new uint[capacity * Chain.MaxRuns];
    readonly byte[] _lengths = new byte[capacity];

    /// <summary>No program has run on that frame.</summary>
    public void Begin(int frame) => _lengths[frame] = 0;

    /// <summary>A program runs on that frame, after those before; at most <see cref="Chain.MaxRuns"/> do.</summary>
    public void Add(int frame, uint program) => _programs[frame * Chain.MaxRuns + _lengths[frame]++] = program;

    public ReadOnlySpan<uint> Of(int frame) => _programs.AsSpan(frame * Chain.MaxRuns, _lengths[frame]);

    /// <summary>No program has run on any frame.</summary>
    public void Clear() => _lengths.AsSpan().Clear();
}
