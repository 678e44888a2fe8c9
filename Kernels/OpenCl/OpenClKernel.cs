using Chainring.Kernels.Helpers;
using Chainring.Kernels.Il;
using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.OpenCl;

/// <summary>
/// Runs a batch as one launch on a device. A launch that the driver does not take runs on the processor instead; of one that ends with an error nobody knows
/// what it has done, and its frames are aborted for that reason.
/// </summary>
/// <remarks>What a program asks the wall clock is when its batch was launched.</remarks>
sealed unsafe class OpenClKernel : IKernel
{
    // The arguments, as the emitter has them.
    internal const int Count = 5;
    const int Packets = 0, Records = 1, Numbers = 2, Outcomes = 3, Ways = 4, Stride = 6, Cpu = 7, Seed = 8, Wall = 9, Tai = 10, Stop = 11;

    readonly KernelEnvironment _environment;
    readonly DeviceOptions _options;
    readonly bool _takesFragments;
    DeviceCode _code;
    DeviceKernel? _kernel;
    DevicePasses? _passes;
    bool _losesNext;
    PathCounters _paths;
    PacketMemory? _memory;
    int[] _numbers = [];
    uint[] _outcomes = [];
    ushort[] _ways = [];
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

    /// <summary>For tests: what the next launch comes to, and whether the device is lost with it.</summary>
    internal void Inject(LaunchResult result, bool lost = false)
    {
        _kernel!.Injected = result;
        _losesNext = lost;
    }

    public void Run(PacketBatch batch)
    {
        if (batch.Count == 0) return;
        if (!_code.IsCurrent) Take(DeviceCode.Of(Chain, _environment.Maps, _options));
        if (_kernel is null or { IsLost: true })
        {
            Tally.Add(_kernel is null ? BatchRun.LaunchRefused : BatchRun.DeviceLost);
            OnProcessor(batch);
            return;
        }
        Prepare(batch, _kernel);
        switch (Launch(batch, _kernel))
        {
            case LaunchResult.Done:
                Finish(batch);
                break;
            case LaunchResult.Refused:
                Tally.Add(BatchRun.LaunchRefused);
                OnProcessor(batch);
                break;
            default:
                Tally.Add(BatchRun.LaunchFailed);
                Abort(batch);
                break;
        }
        _kernel.IsLost |= _losesNext;
    }

    LaunchResult Launch(PacketBatch batch, DeviceKernel kernel)
    {
        if (_passes is not null) return _passes.Run(kernel, batch);
        bool oneByOne = _code.Source.Run.Kind == RunKind.OneByOne;
        var result = oneByOne ? kernel.Run(1, 1) : kernel.Run(DeviceKernel.Groups(batch.Count), DeviceSource.GroupSize);
        if (result != LaunchResult.Done) return result;
        Tally.Add(oneByOne ? BatchRun.OneByOne : BatchRun.AtOnce);
        if (!oneByOne) Tally.LookAt(_outcomes.AsSpan(0, batch.Count), _code.Source.LogsWays ? _ways : default);
        return result;
    }

    /// <summary>Goes on with that code: its counts, its maps, and arguments that do not change.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_code), nameof(_paths))]
    void Take(DeviceCode code)
    {
        var device = code.Device;
        _code = code;
        _kernel = code.Program?.Kernel(DeviceSource.Entry, _options.HandsOverOn(device), code.Source.Run.Keys is null ? null : DeviceSource.KeysEntry, _options.WatchdogMs);
        _passes = _kernel is not null && code.Source.Run.InPasses ? new(code, _options, Tally) : null;
        _paths = new(code.Source.Paths, code.Events);
        Counters.Include(_paths);
        _memory = null;
        if (_kernel is null) return;
        _kernel.Set(Cpu, (uint)_environment.Cpu);
        _kernel.Set(Seed, _environment.Seed);
        _kernel.Set(Stop, device.BufferOf(_kernel.Watchdog!.Word, sizeof(uint)));
        for (int n = 0; n < code.Source.Arrays.Count; n++)
        {
            var (map, name) = code.Source.Arrays[n];
            var items = code.MapOf(map).Arrays.Single(a => a.Name == name);
            _kernel.Set(DeviceSource.FixedArguments + n, device.BufferOf(items.Items, items.Bytes));
        }
        Room(1);
        SetRoom();
        Warm(_kernel);
    }

    /// <summary>Launches it over no frame: drivers compile at the first launch, and no frame is to wait for that.</summary>
    void Warm(DeviceKernel kernel)
    {
        foreach (int buffer in (ReadOnlySpan<int>)[Packets, Records]) kernel.Set(buffer, _code.Device.BufferOf(_numbers, _numbers.Length * sizeof(int)));
        foreach (int number in (ReadOnlySpan<int>)[Count, Stride]) kernel.Set(number, 0u);
        foreach (int clock in (ReadOnlySpan<int>)[Wall, Tai]) kernel.Set(clock, 0UL);
        if (_passes is not null) _passes.Warm(kernel);
        else if (_code.Source.Run.Kind == RunKind.OneByOne) kernel.Run(1, 1);
        else kernel.Run(DeviceSource.GroupSize, DeviceSource.GroupSize);
    }

    /// <summary>Room for so many frames.</summary>
    void Room(int frames)
    {
        if (frames <= _numbers.Length) return;
        int capacity = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)frames);
        _numbers = GC.AllocateArray<int>(capacity, pinned: true);
        _outcomes = GC.AllocateArray<uint>(capacity, pinned: true);
        _ways = GC.AllocateArray<ushort>(_code.Source.LogsWays ? capacity * DeviceSource.MostWays : 1, pinned: true);
        SetRoom();
    }

    void SetRoom()
    {
        if (_numbers.Length == 0 || _kernel is null) return;
        if (_code.Source.LogsWays && _ways.Length == 1) _ways = GC.AllocateArray<ushort>(_numbers.Length * DeviceSource.MostWays, pinned: true);
        var device = _code.Device;
        _kernel.Set(Numbers, device.BufferOf(_numbers, _numbers.Length * sizeof(int)));
        _kernel.Set(Outcomes, device.BufferOf(_outcomes, _outcomes.Length * sizeof(uint)));
        _kernel.Set(Ways, device.BufferOf(_ways, _ways.Length * sizeof(ushort)));
    }

    void Prepare(PacketBatch batch, DeviceKernel kernel)
    {
        Room(batch.Count);
        var memory = batch.Memory;
        if (memory != _memory)
        {
            var (buffers, frames) = memory.Arrays;
            var device = _code.Device;
            kernel.Set(Packets, device.BufferOf(buffers, buffers.LongLength));
            kernel.Set(Records, device.BufferOf(frames, (long)frames.Length * sizeof(Frame)));
            kernel.Set(Stride, (uint)memory.Stride);
            _memory = memory;
        }
        var numbers = batch.Numbers;
        for (int n = 0; n < numbers.Length; n++)
        {
            ref var frame = ref memory.Frame(numbers[n]);
            frame.ForgetRedirect();
            _numbers[n] = frame.HasFragments && !_takesFragments ? -1 : numbers[n];
        }
        kernel.Set(Count, (uint)batch.Count);
        bool wall = _environment.Clock == CardClock.Wall;
        kernel.Set(Wall, wall ? CardTime.Now(CardClock.Wall, 0) : 0UL);
        kernel.Set(Tai, wall ? CardTime.Tai(CardClock.Wall, 0) : 0UL);
    }

    void Finish(PacketBatch batch)
    {
        var source = _code.Source;
        long* counts = (long*)_paths.Address;
        var verdicts = batch.Verdicts;
        bool overTime = false;
        for (int n = 0; n < verdicts.Length; n++)
        {
            batch.Paths?.Begin(n);
            if (_numbers[n] < 0)
            {
                verdicts[n] = new(XdpAction.Aborted, AbortReason.NoFragsSupport);
                continue;
            }
            uint outcome = _outcomes[n], above = outcome >> DeviceSource.PathShift;
            verdicts[n] = CompiledVerdict.From(outcome);
            var ways = source.LogsWays ? _ways.AsSpan(n * DeviceSource.MostWays, (int)above) : default;
            foreach (ushort way in ways) counts[way]++;
            if (!source.LogsWays && above != 0) counts[above - 1]++;
            if (verdicts[n].Reason == AbortReason.DeviceTimeout)
            {
                overTime = true;
                Counters.Return(0, verdicts[n], instructions: 0);
            }
            if (batch.Paths is { } paths) Note(paths, n, ways, (int)above);
        }
        if (overTime) Tally.Add(BatchRun.OverTime);
    }

    /// <summary>Which programs ran, from the edges that the frame took; a chain on a card has no cycle.</summary>
    void Note(FramePaths paths, int frame, ReadOnlySpan<ushort> ways, int above)
    {
        var known = _code.Source.Paths;
        int stage = 0;
        while (true)
        {
            paths.Add(frame, Chain.Stages[stage].Program.Id);
            int slot = 0;
            while (slot < ChainStage.Slots && !Took(ways, ChainEvents.Edge(stage, slot))) slot++;
            if (slot == ChainStage.Slots) return;
            stage = Chain.Stages[stage].Next[slot];
        }

        bool Took(ReadOnlySpan<ushort> ways, int edge)
        {
            if (!_code.Source.LogsWays) return above != 0 && known[above - 1].Contains(edge);
            foreach (ushort way in ways)
            {
                if (known[way].Contains(edge)) return true;
            }
            return false;
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

    /// <summary>As if the first program had been aborted.</summary>
    void Abort(PacketBatch batch)
    {
        var verdict = new Verdict(XdpAction.Aborted, AbortReason.DeviceFailed);
        for (int n = 0; n < batch.Count; n++)
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
