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
    const int Packets = 0, Records = 1, Numbers = 2, Outcomes = 3, Ways = 4, Count = 5, Stride = 6, Cpu = 7, Seed = 8, Wall = 9, Tai = 10;

    readonly KernelEnvironment _environment;
    readonly DeviceOptions _options;
    readonly bool _takesFragments;
    DeviceCode _code;
    DeviceKernel? _kernel;
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
        Room(1);
    }

    public Chain Chain { get; }

    public ChainCounters Counters { get; }

    /// <summary>The code that it runs.</summary>
    public DeviceCode Code => _code;

    /// <summary>Launches that the driver did not take, and whose batches ran on the processor.</summary>
    public long Refused { get; private set; }

    /// <summary>Launches that ended with an error.</summary>
    public long Failed { get; private set; }

    /// <summary>For tests: what the next launch comes to.</summary>
    internal void Inject(LaunchResult result) => _kernel!.Injected = result;

    public void Run(PacketBatch batch)
    {
        if (batch.Count == 0) return;
        if (!_code.IsCurrent) Take(_options == new DeviceOptions() ? DeviceCode.Of(Chain, _environment.Maps) : DeviceCode.Of(Chain, _environment.Maps, _options));
        if (_kernel is null)
        {
            Refused++;
            OnProcessor(batch);
            return;
        }
        Prepare(batch, _kernel);
        int group = _code.Source.InOrder ? 1 : DeviceSource.GroupSize;
        switch (_kernel.Run(_code.Source.InOrder ? 1 : (batch.Count + group - 1) / group * group, group))
        {
            case LaunchResult.Done:
                Finish(batch);
                break;
            case LaunchResult.Refused:
                Refused++;
                OnProcessor(batch);
                break;
            default:
                Failed++;
                Abort(batch);
                break;
        }
    }

    /// <summary>Goes on with that code: its counts, its maps, and arguments that do not change.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_code), nameof(_paths))]
    void Take(DeviceCode code)
    {
        var device = code.Device;
        _code = code;
        _kernel = code.Program?.Kernel(DeviceSource.Entry, _options.HandsOverOn(device));
        _paths = new(code.Source.Paths, code.Events);
        Counters.Include(_paths);
        _memory = null;
        if (_kernel is null) return;
        _kernel.Set(Cpu, (uint)_environment.Cpu);
        _kernel.Set(Seed, _environment.Seed);
        for (int n = 0; n < code.Source.Arrays.Count; n++)
        {
            var (map, name) = code.Source.Arrays[n];
            var items = code.MapOf(map).Arrays.Single(a => a.Name == name);
            _kernel.Set(DeviceSource.FixedArguments + n, device.BufferOf(items.Items, items.Bytes));
        }
        SetRoom();
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
            if (batch.Paths is { } paths) Note(paths, n, ways, (int)above);
        }
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
