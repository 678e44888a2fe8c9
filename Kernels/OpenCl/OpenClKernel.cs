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

    /// <summary>Launches that the driver did not take, and whose batches ran on the processor.</summary>
    public long Refused { get; private set; }

    /// <summary>Launches that ended with an error.</summary>
    public long Failed { get; private set; }

    public DeviceTimes Times => _kernel?.Times ?? default;

    /// <summary>When each piece of the last batch was where, if that is noted.</summary>
    internal IReadOnlyList<PieceTimes> Pieces => _kernel!.Last;

    /// <summary>For tests: what a launch comes to, after so many others.</summary>
    internal void Inject(LaunchResult result, int after = 0) => (_kernel!.Injected, _kernel.InjectedAfter) = (result, after);

    public void Run(PacketBatch batch)
    {
        if (batch.Count == 0) return;
        if (!_code.IsCurrent) Take(DeviceCode.Of(Chain, _environment.Maps, _options));
        int done = 0;
        bool wall = _environment.Clock == CardClock.Wall;
        var result = _frames is null ? LaunchResult.Failed : _frames.Run(batch, wall ? CardTime.Now(CardClock.Wall, 0) : 0, wall ? CardTime.Tai(CardClock.Wall, 0) : 0, out done);
        if (result == LaunchResult.Refused)
        {
            Refused++;
            OnProcessor(batch);
        }
        else if (result == LaunchResult.Failed)
        {
            Failed++;
            Abort(batch, done);
        }
    }

    /// <summary>Goes on with that code: its counts, its maps, and arguments that do not change.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_code))]
    void Take(DeviceCode code)
    {
        var (device, source) = (code.Device, code.Source);
        bool isCopied = _options.LayoutOn(device) == FrameLayout.Copied;
        _code = code;
        _kernel = code.Program?.Kernel(DeviceSource.Entry, handsOver: isCopied, _options.Times);
        var paths = new PathCounters(source.Paths, code.Events);
        Counters.Include(paths);
        if (_kernel is null) return;
        var outcomes = new FrameOutcomes(Chain, source, paths);
        _frames = source.Frames is null ? new FramesInPlace(source, _kernel, device, outcomes) : new FramesInColumns(source, _kernel, device, outcomes, isShared: !isCopied, _options.PieceFrames);
        _frames.Begin(_environment);
        for (int n = 0; n < source.Arrays.Count; n++)
        {
            var (map, name) = source.Arrays[n];
            var items = code.MapOf(map).Arrays.Single(a => a.Name == name);
            _kernel.Set(source.FirstArray + n, device.BufferOf(items.Items, items.Bytes));
        }
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
