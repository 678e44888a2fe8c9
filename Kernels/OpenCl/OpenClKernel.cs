using Chainring.Kernels.Helpers;
using Chainring.Kernels.Il;
using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.OpenCl;

/// <summary>
/// Runs batches on a device. A launch that the driver does not take runs on the processor instead; of one that ends with an error nobody knows
/// what it has done, and its frames are aborted for that reason.
/// </summary>
/// <remarks>What a program asks the wall clock is when its batch was launched.</remarks>
sealed class OpenClKernel : IKernel, ITimedOnDevice
{
    readonly KernelEnvironment _environment;
    readonly DeviceOptions _options;
    readonly bool _takesFragments;
    DeviceCode _code;
    DeviceKernel? _kernel;
    DeviceFrames? _frames;
    FrameOutcomes _outcomes;
    bool _losesNext;
    IKernel? _processor;

    public OpenClKernel(Chain chain, DeviceCode code, KernelEnvironment environment, DeviceOptions options)
    {
        (Chain, _environment, _options) = (chain, environment, options);
        _takesFragments = chain.TakesFragments;
        Counters = new(chain);
        Take(code);
    }

    public Chain Chain { get; }

    public ChainCounters Counters { get; }

    /// <summary>The code that it runs.</summary>
    public DeviceCode Code => _code;

    /// <summary>What became of its batches.</summary>
    public DeviceTally Tally { get; } = new();

    public DeviceUse OnDevice => new(
        _code.Device.Facts.Name, _code.Source.Order.Class.ToString().ToLowerInvariant(), _code.Source.Order.Why, _code.Source.Run.ToString(), Tally.Batches, Tally.Passes,
        Tally.Lanes is { Frames: > 0 } seen ? (double)seen.Together / seen.Frames : null)
    {
        Lanes = Tally.Lanes.Frames,
    };

    DeviceUse? IKernel.OnDevice => OnDevice;

    public DeviceTimes Times => _kernel?.Times ?? default;

    /// <summary>When each piece of the last batch was where, if that is noted.</summary>
    internal IReadOnlyList<PieceTimes> Pieces => _kernel!.Last;

    /// <summary>For tests: what a launch comes to, after so many others, and whether the device is lost with it.</summary>
    internal void Inject(LaunchResult result, int after = 0, bool lost = false)
    {
        (_kernel!.Injected, _kernel.InjectedAfter) = (result, after);
        _losesNext = lost;
    }

    public void Run(PacketBatch batch)
    {
        if (batch.Count == 0) return;
        if (!_code.IsCurrent) Take(DeviceCode.Of(Chain, _environment.Maps, _options));
        if (_kernel is null or { IsLost: true } || _frames is null)
        {
            Tally.Add(_kernel is null ? BatchRun.LaunchRefused : BatchRun.DeviceLost);
            OnProcessor(batch);
            return;
        }
        bool wall = _environment.Clock == CardClock.Wall;
        var result = _frames.Run(batch, wall ? CardTime.Now(CardClock.Wall, 0) : 0, wall ? CardTime.Tai(CardClock.Wall, 0) : 0, out int done);
        _kernel.IsLost |= _losesNext;
        if (_outcomes.IsOverTime)
        {
            Tally.Add(BatchRun.OverTime);
            _outcomes.IsOverTime = false;
        }
        switch (result)
        {
            case LaunchResult.Done:
                // Passes are counted where it is decided how many there are.
                if (!_code.Source.Run.InPasses) Tally.Add(_code.Source.InOrder ? BatchRun.OneByOne : BatchRun.AtOnce);
                break;
            case LaunchResult.Refused:
                Tally.Add(BatchRun.LaunchRefused);
                OnProcessor(batch);
                break;
            default:
                Tally.Add(BatchRun.LaunchFailed);
                Abort(batch, done);
                break;
        }
    }

    /// <summary>Goes on with that code: its counts, its maps, and arguments that do not change.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_code), nameof(_outcomes))]
    void Take(DeviceCode code)
    {
        var (device, source) = (code.Device, code.Source);
        bool isCopied = _options.LayoutOn(device) == FrameLayout.Copied;
        _code = code;
        _kernel = code.Program?.Kernel(DeviceSource.Entry, handsOver: isCopied, _options.Times, source.Run.Keys is null ? null : DeviceSource.KeysEntry, _options.WatchdogMs);
        var paths = new PathCounters(source.Paths, code.Events);
        Counters.Include(paths);
        _outcomes = new(Chain, source, paths, Counters, Tally);
        _frames = null;
        if (_kernel is null) return;
        var passes = source.Run.InPasses ? new DevicePasses(code, _options, Tally, isShared: !isCopied) : null;
        _frames = source.Frames is null
            ? new FramesInPlace(source, _kernel, device, _outcomes, passes)
            : new FramesInColumns(source, _kernel, device, _outcomes, passes, isShared: !isCopied, _options.PieceFrames);
        _frames.Begin(_environment, device.BufferOf(_kernel.Watchdog!.Word, sizeof(uint)));
        for (int n = 0; n < source.Arrays.Count; n++)
        {
            var (map, name) = source.Arrays[n];
            var items = code.MapOf(map).Arrays.Single(a => a.Name == name);
            _kernel.Set(source.FirstArray + n, device.BufferOf(items.Items, items.Bytes));
        }
        _frames.Warm();
    }

    void OnProcessor(PacketBatch batch)
    {
        if (_processor is null)
        {
            _processor = new IlTarget().Compile(Chain, _environment);
            Counters.Include(_processor.Counters);
        }
        _processor.Run(batch);
    }

    /// <summary>Frames from that number on end as if the first program had been aborted.</summary>
    void Abort(PacketBatch batch, int first)
    {
        var verdict = new Verdict(XdpAction.Aborted, AbortReason.DeviceFailed);
        for (int n = first; n < batch.Count; n++)
        {
            bool isLeftOut = batch.Frame(n).HasFragments && !_takesFragments;
            batch.Verdicts[n] = isLeftOut ? new(XdpAction.Aborted, AbortReason.NoFragsSupport) : verdict;
            batch.Paths?.Begin(n);
            if (isLeftOut) continue;
            batch.Paths?.Add(n, Chain.Stages[0].Program.Id);
            Counters.Return(0, verdict, instructions: 0);
        }
    }
}
