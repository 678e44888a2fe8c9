using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>
/// Runs a batch in passes: frames that share a key, or a flow, one pass after the other in their order, all others at once. Where too few would run at once for a
/// launch to pay, or a map may become full, so that it shows who came first, the batch runs one by one.
/// </summary>
sealed class DevicePasses(DeviceCode code, DeviceOptions options, DeviceTally tally)
{
    /// <summary>
    /// What a launch is worth, in frames that run one by one meanwhile. On two cores passes of 5,000 frames did not pay yet for a program of 30 ns; what it is
    /// on a GPU is a guess.
    /// </summary>
    const int OnProcessor = 8192, Elsewhere = 4;

    /// <summary>Batches that are not looked at after one that did not pay: twice as many each time, up to so many.</summary>
    const int MostPause = 255;

    readonly int _least = options.LeastPerPass ?? (code.Device.Facts.IsProcessor ? OnProcessor : Elsewhere);
    readonly int _count = code.Source.ArgumentOf("count"), _first = code.Source.FirstArray + code.Source.Arrays.Count;
    readonly DevicePiece _piece = new();
    readonly Maps.Map[] _filled = [.. code.Source.Run.Keys?.Filled.Select(code.MapOf) ?? []];
    uint[] _noted = [];
    int _pause, _left;
    Ranking _ranking = new(0);

    public LaunchResult Run(DeviceKernel kernel, PacketBatch batch)
    {
        Room(kernel, batch.Count);
        if (_left > 0)
        {
            _left--;
            return OneByOne(kernel, batch.Count, BatchRun.TooFewAtOnce);
        }
        if (code.Source.Run.Kind == RunKind.ByKey)
        {
            var found = kernel.RunBefore(_piece, DeviceKernel.Groups(batch.Count), DeviceSource.GroupSize);
            // It changes nothing: what has failed can be done elsewhere.
            if (found != LaunchResult.Done) return LaunchResult.Refused;
        }
        if (!Rank(batch)) return OneByOne(kernel, batch.Count, BatchRun.MapsTooFull);
        if (_ranking.Passes * (long)_least > batch.Count)
        {
            _pause = Math.Min(2 * _pause + 1, MostPause);
            _left = _pause;
            return OneByOne(kernel, batch.Count, BatchRun.TooFewAtOnce);
        }
        _pause = 0;
        _ranking.Pick(batch.Count);
        var result = kernel.RunPasses(_piece, _ranking.Ends, _first, _count);
        if (result == LaunchResult.Done)
        {
            tally.Add(BatchRun.InPasses);
            tally.Passes += _ranking.Passes;
        }
        return result;
    }

    LaunchResult OneByOne(DeviceKernel kernel, int count, BatchRun why)
    {
        for (int n = 0; n < count; n++) _ranking.Picks[n] = n;
        kernel.Set(_first, 0u);
        var result = kernel.Run(_piece, 1, 1);
        if (result == LaunchResult.Done) tally.Add(why);
        return result;
    }

    /// <summary>Launches everything that it will, over no frame.</summary>
    public void Warm(DeviceKernel kernel)
    {
        Room(kernel, 1);
        if (code.Source.Run.Kind == RunKind.ByKey) kernel.RunBefore(_piece, DeviceSource.GroupSize, DeviceSource.GroupSize);
        kernel.Run(_piece, DeviceSource.GroupSize, DeviceSource.GroupSize);
        kernel.Run(_piece, 1, 1);
    }

    void Room(DeviceKernel kernel, int frames)
    {
        if (frames <= _ranking.Picks.Length) return;
        int capacity = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)frames);
        _ranking = new(capacity);
        _noted = GC.AllocateArray<uint>(code.Source.Run.Kind == RunKind.ByKey ? capacity * DeviceSource.NotedWords : 1, pinned: true);
        kernel.Set(_first + 1, code.Device.BufferOf(_ranking.Picks, capacity * sizeof(int)));
        kernel.Set(_first + 2, code.Device.BufferOf(_noted, _noted.Length * sizeof(uint)));
        kernel.Set(_first, 0u);
    }

    /// <summary>Ranks the frames; false if their keys do not say all.</summary>
    bool Rank(PacketBatch batch)
    {
        _ranking.Begin();
        if (code.Source.Run.Kind == RunKind.ByFlow)
        {
            for (int n = 0; n < batch.Count; n++) _ranking.Add(n, batch.Frame(n).Hints.Hash);
            return true;
        }
        long keys = 0;
        for (int n = 0; n < batch.Count; n++)
        {
            int count = (int)_noted[n * DeviceSource.NotedWords];
            if (count >= DeviceSource.NotedWords) return false;
            keys += count;
            _ranking.Add(n, _noted.AsSpan(n * DeviceSource.NotedWords + 1, count));
        }
        foreach (var map in _filled)
        {
            if (map.Spec.MaxEntries - map.Count < keys) return false;
        }
        return true;
    }
}
