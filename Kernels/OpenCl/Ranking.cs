namespace Chainring.Kernels.OpenCl;

/// <summary>
/// The passes in which frames run: each frame's is the one after the last pass of the frames before it with which it has a word in common. Words fall into a table
/// by their lowest bits, so that a few frames wait for others without need.
/// </summary>
sealed class Ranking(int capacity)
{
    /// <summary>Places of the table for each frame.</summary>
    const int Spread = 8;

    readonly (int Round, int Pass)[] _last = new (int, int)[Math.Max(Spread * capacity, 1)];
    readonly int[] _passes = new int[capacity];

    /// <summary>By pass: frames, and then where the pass ends.</summary>
    readonly int[] _ends = new int[capacity + 1];
    int _round;

    /// <summary>So many passes there are.</summary>
    public int Passes { get; private set; }

    /// <summary>Frames that there is room for.</summary>
    public int Capacity => capacity;

    /// <summary>Where each pass ends among the frames by pass.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Passes);

    /// <summary>No frame has been ranked yet.</summary>
    public void Begin()
    {
        _round++;
        _ends.AsSpan(0, Passes).Clear();
        Passes = 0;
    }

    /// <summary>The next frame.</summary>
    public void Add(int frame, params ReadOnlySpan<uint> words)
    {
        int pass = 0;
        foreach (uint word in words)
        {
            var last = Of(word);
            if (last.Round == _round) pass = Math.Max(pass, last.Pass + 1);
        }
        foreach (uint word in words) Of(word) = (_round, pass);
        _passes[frame] = pass;
        _ends[pass]++;
        Passes = Math.Max(Passes, pass + 1);
    }

    /// <summary>Fills in the frames by pass, each in order, and <see cref="Ends"/>.</summary>
    public void Pick(int frames, Span<int> picks)
    {
        int begin = 0;
        for (int pass = 0; pass < Passes; pass++) (_ends[pass], begin) = (begin, begin + _ends[pass]);
        for (int frame = 0; frame < frames; frame++) picks[_ends[_passes[frame]]++] = frame;
    }

    ref (int Round, int Pass) Of(uint word) => ref _last[word & (uint)(_last.Length - 1)];
}
