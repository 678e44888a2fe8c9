using Chainring.Offload.Spec;

namespace Chainring.Kernels.OpenCl;

/// <summary>What became of a batch.</summary>
enum BatchRun
{
    AtOnce,
    InPasses,
    OneByOne,

    /// <summary>One by one: too few frames would have run at once.</summary>
    TooFewAtOnce,

    /// <summary>One by one: a map might have become full, or a frame had too many keys.</summary>
    MapsTooFull,

    /// <summary>The driver did not take the launch, or had no memory for it: it ran on the processor.</summary>
    LaunchRefused,

    /// <summary>The launch ended with an error: its frames were aborted.</summary>
    LaunchFailed,

    /// <summary>The launch took too long: frames that had not begun by then were aborted.</summary>
    OverTime,

    /// <summary>The device had been given up: it ran on the processor.</summary>
    DeviceLost,
}

/// <summary>What became of the batches of a kernel; plain numbers, written by the thread that runs it.</summary>
sealed class DeviceTally
{
    /// <summary>Of so many batches one is looked at.</summary>
    const int Sample = 16;

    static readonly BatchRun[] All = Enum.GetValues<BatchRun>();

    readonly long[] _batches = new long[All.Length];
    long _lanes, _together;

    public long Passes { get; set; }

    public long this[BatchRun run] => _batches[(int)run];

    public void Add(BatchRun run) => _batches[(int)run]++;

    /// <summary>Those that occurred, by name.</summary>
    public IReadOnlyDictionary<string, long> Batches => All.Where(r => this[r] > 0).ToDictionary(NameOf, r => this[r]);

    /// <summary>Frames of work-groups that were looked at, and of those the ones that went the commonest way of their group.</summary>
    public (long Frames, long Together) Lanes => (_lanes, _together);

    /// <summary>Looks at a launch of a batch that runs at once, now and then; before the batch is counted.</summary>
    /// <param name="outcomes">Of its frames, in the order in which they were in work-groups.</param>
    /// <param name="ways">What they have written down, if that is how ways come back.</param>
    /// <param name="each">Room for what one of them has.</param>
    public void LookAt(ReadOnlySpan<uint> outcomes, ReadOnlySpan<ushort> ways, int each)
    {
        if (this[BatchRun.AtOnce] % Sample != 0) return;
        Span<uint> keys = stackalloc uint[DeviceSource.GroupSize];
        for (int first = 0; first < outcomes.Length; first += keys.Length)
        {
            var group = keys[..Math.Min(keys.Length, outcomes.Length - first)];
            for (int n = 0; n < group.Length; n++) group[n] = WayOf(outcomes[first + n], ways, each * (first + n));
            group.Sort();
            int most = 0, same = 0;
            for (int n = 0; n < group.Length; n++)
            {
                same = n > 0 && group[n] == group[n - 1] ? same + 1 : 1;
                most = Math.Max(most, same);
            }
            _lanes += group.Length;
            _together += most;
        }
    }

    static uint WayOf(uint outcome, ReadOnlySpan<ushort> ways, int first)
    {
        uint above = outcome >> DeviceSource.PathShift;
        if (ways.IsEmpty) return above;
        uint key = above;
        foreach (ushort way in ways.Slice(first, (int)above)) key = key * 0x01000193 ^ way;
        return key;
    }

    static string NameOf(BatchRun run) => run switch
    {
        BatchRun.AtOnce => "at-once",
        BatchRun.InPasses => "in-passes",
        BatchRun.OneByOne => "one-by-one",
        BatchRun.TooFewAtOnce => "one-by-one-too-few-at-once",
        BatchRun.MapsTooFull => "one-by-one-maps-too-full",
        BatchRun.LaunchRefused => "on-processor-launch-refused",
        BatchRun.LaunchFailed => "launch-failed",
        BatchRun.OverTime => "over-time",
        _ => "on-processor-device-lost",
    };
}
