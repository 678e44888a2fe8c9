using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>
/// Runs the pieces of a batch in passes: frames that share a key, or a flow, one pass after the other in their order, all others at once. Where too few would run at once for a
/// launch to pay, or a map may become full, so that it shows who came first, a piece runs one by one. Pieces follow each other.
/// </summary>
sealed unsafe class DevicePasses(DeviceCode code, DeviceOptions options, DeviceTally tally, bool isShared)
{
    /// <summary>
    /// What a launch is worth, in frames that run one by one meanwhile. On two cores passes of 5,000 frames did not pay yet for a program of 30 ns; what it is
    /// on a GPU is a guess.
    /// </summary>
    const int OnProcessor = 8192, Elsewhere = 4;

    /// <summary>Pieces that are not looked at after one that did not pay: twice as many each time, up to so many.</summary>
    const int MostPause = 255;

    readonly int _least = options.LeastPerPass ?? (code.Device.Facts.IsProcessor ? OnProcessor : Elsewhere);
    readonly int _count = code.Source.ArgumentOf("count"), _from = code.Source.FirstArray + code.Source.Arrays.Count;
    readonly DeviceMemory _picks = new(code.Device, isShared), _noted = new(code.Device, isShared);
    readonly (Maps.Map Map, long Room)[] _filled = [.. code.Source.Run.Keys?.Filled.Select(m => (code.MapOf(m), 0L)) ?? []];
    readonly (long From, long Bytes)[] _up = new (long, long)[DeviceKernel.MostMemories], _back = new (long, long)[DeviceKernel.MostMemories];
    int _pause, _left;
    BatchRun _ran;
    long _keys;
    Ranking _ranking = new(0);

    /// <summary>What a piece must have on its way, besides what it has of its frames.</summary>
    public DeviceMemory[] Memories => [_picks, _noted];

    bool ByKey => code.Source.Run.Kind == RunKind.ByKey;

    /// <summary>Before a batch, while the host has the maps.</summary>
    public void Begin()
    {
        (_ran, _keys) = (BatchRun.TooFewAtOnce, 0);
        foreach (ref var filled in _filled.AsSpan()) filled.Room = filled.Map.Spec.MaxEntries - filled.Map.Count;
    }

    /// <summary>After one that has come to its end.</summary>
    public void End() => tally.Add(_ran);

    /// <summary>Runs the next frames of a batch.</summary>
    /// <param name="piece">With their memory, and what is to be copied for them.</param>
    public LaunchResult Run(DeviceKernel kernel, DevicePiece piece, PacketBatch batch, int first, int count)
    {
        if (!Room(kernel, count)) return LaunchResult.Refused;
        for (int n = 0; n < piece.Memories.Length; n++) (_up[n], _back[n]) = (piece.Memories[n].Up, piece.Memories[n].Back);
        if (_left > 0)
        {
            _left--;
            return OneByOne(kernel, piece, count, BatchRun.TooFewAtOnce, isThere: false);
        }
        if (ByKey)
        {
            Copy(piece, up: true, back: false);
            _noted.Copies(default, (0, (long)count * DeviceSource.NotedWords * sizeof(uint)));
            var found = kernel.RunBefore(piece, DeviceKernel.Groups(count), DeviceSource.GroupSize);
            // It changes nothing: what has failed can be done elsewhere.
            if (found != LaunchResult.Done) return LaunchResult.Refused;
        }
        if (!Rank(batch, first, count)) return OneByOne(kernel, piece, count, BatchRun.MapsTooFull, isThere: ByKey);
        if (_ranking.Passes * (long)_least > count)
        {
            _pause = Math.Min(2 * _pause + 1, MostPause);
            _left = _pause;
            return OneByOne(kernel, piece, count, BatchRun.TooFewAtOnce, isThere: ByKey);
        }
        _pause = 0;
        return InPasses(kernel, piece, count, isThere: ByKey);
    }

    /// <summary>A pass that is not taken after others were has failed: those have run.</summary>
    /// <param name="isThere">The device has the frames.</param>
    LaunchResult InPasses(DeviceKernel kernel, DevicePiece piece, int count, bool isThere)
    {
        _ranking.Pick(count, new(_picks.Host, count));
        int at = 0;
        foreach (int next in _ranking.Ends)
        {
            kernel.Set(_from, (uint)at);
            kernel.Set(_count, (uint)next);
            Copy(piece, up: at == 0 && !isThere, back: next == count);
            _picks.Copies((0, at == 0 ? (long)count * sizeof(int) : 0), default);
            var result = kernel.Run(piece, DeviceKernel.Groups(next - at), DeviceSource.GroupSize);
            if (result != LaunchResult.Done) return at > 0 ? LaunchResult.Failed : result;
            at = next;
        }
        _ran = BatchRun.InPasses;
        tally.Passes += _ranking.Passes;
        return LaunchResult.Done;
    }

    LaunchResult OneByOne(DeviceKernel kernel, DevicePiece piece, int count, BatchRun why, bool isThere)
    {
        int* picks = (int*)_picks.Host;
        for (int n = 0; n < count; n++) picks[n] = n;
        kernel.Set(_from, 0u);
        Copy(piece, up: !isThere, back: true);
        _picks.Copies((0, (long)count * sizeof(int)), default);
        if (_ran != BatchRun.InPasses) _ran = why;
        // Nobody knows which keys it puts in.
        if (!isThere) _keys = int.MaxValue;
        return kernel.Run(piece, 1, 1);
    }

    /// <summary>What of the frames is copied around the next launch; nothing else is.</summary>
    void Copy(DevicePiece piece, bool up, bool back)
    {
        for (int n = 0; n < piece.Memories.Length; n++) piece.Memories[n].Copies(up ? _up[n] : default, back ? _back[n] : default);
    }

    /// <summary>Launches everything that it will, over no frame.</summary>
    public void Warm(DeviceKernel kernel)
    {
        if (!Room(kernel, 1)) return;
        var piece = new DevicePiece();
        if (ByKey) kernel.RunBefore(piece, DeviceSource.GroupSize, DeviceSource.GroupSize);
        kernel.Run(piece, DeviceSource.GroupSize, DeviceSource.GroupSize);
        kernel.Run(piece, 1, 1);
    }

    /// <summary>False if the device has none.</summary>
    bool Room(DeviceKernel kernel, int frames)
    {
        if (frames <= _ranking.Capacity) return true;
        int capacity = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)frames);
        if (!_picks.Room((long)capacity * sizeof(int)) || !_noted.Room(ByKey ? (long)capacity * DeviceSource.NotedWords * sizeof(uint) : 1)) return false;
        _ranking = new(capacity);
        kernel.Set(_from + 1, _picks);
        kernel.Set(_from + 2, _noted);
        kernel.Set(_from, 0u);
        return true;
    }

    /// <summary>Ranks frames; false if their keys do not say all.</summary>
    bool Rank(PacketBatch batch, int first, int count)
    {
        _ranking.Begin();
        if (!ByKey)
        {
            for (int n = 0; n < count; n++) _ranking.Add(n, batch.Frame(first + n).Hints.Hash);
            return true;
        }
        uint* noted = (uint*)_noted.Host;
        for (int n = 0; n < count; n++, noted += DeviceSource.NotedWords)
        {
            int keys = (int)noted[0];
            if (keys >= DeviceSource.NotedWords)
            {
                _keys = int.MaxValue;
                return false;
            }
            _keys += keys;
            _ranking.Add(n, new ReadOnlySpan<uint>(noted + 1, keys));
        }
        foreach (var (_, room) in _filled)
        {
            if (room < _keys) return false;
        }
        return true;
    }
}
