using Silk.NET.OpenCL;

namespace Chainring.Kernels.OpenCl;

/// <summary>What became of a launch.</summary>
enum LaunchResult
{
    Done,

    /// <summary>The driver did not take it: nothing has run.</summary>
    Refused,

    /// <summary>It ended with an error: nobody knows how far it has come.</summary>
    Failed,
}

/// <summary>
/// A kernel and its arguments, with a queue for each way: to the device, through the kernel, back. Each does one thing after the other, so that pieces come back in the order in which
/// they were started, and while one runs the next is on its way there and the one before on its way back. Not thread-safe.
/// </summary>
sealed unsafe class DeviceKernel
{
    /// <summary>Of one piece.</summary>
    internal const int MostMemories = 5;

    readonly DeviceProgram _program;
    readonly Device _device;
    readonly nint _kernel, _before, _queue, _there, _back;
    readonly bool _handsOver, _times;
    readonly List<DeviceBuffer> _buffers = [];

    /// <summary>Arguments for which there is no memory.</summary>
    readonly HashSet<int> _absent = [];
    int _onTheirWay, _failures;

    internal DeviceKernel(DeviceProgram program, nint[] queues, nint kernel, bool handsOver, bool times, nint before, int watchdogMs)
    {
        (_program, _device, _kernel, _handsOver, _times, _before) = (program, program.Device, kernel, handsOver, times, before);
        (_queue, _there, _back) = (queues[0], queues[1], queues[2]);
        Watchdog = watchdogMs > 0 ? new(watchdogMs) : null;
    }

    ~DeviceKernel()
    {
        _device.Cl.ReleaseKernel(_kernel);
        if (_before != 0) _device.Cl.ReleaseKernel(_before);
        foreach (nint queue in (nint[])[_queue, _there, _back]) _device.Cl.ReleaseCommandQueue(queue);
    }

    /// <summary>For tests: what a launch comes to, whatever the driver says, and how many come before it.</summary>
    internal LaunchResult Injected { get; set; }

    internal int InjectedAfter { get; set; }

    /// <summary>Ends launches that take too long; null if none is ended.</summary>
    public Watchdog? Watchdog { get; }

    /// <summary>The driver says that the device is gone, or launches have failed again and again: it is not used any more.</summary>
    public bool IsLost { get; internal set; }

    /// <summary>Of all pieces so far, if the driver notes them.</summary>
    public DeviceTimes Times { get; private set; }

    /// <summary>Of the pieces of the last batch, likewise.</summary>
    internal List<PieceTimes> Last { get; } = [];

    /// <summary>Work-items for so many frames in whole groups.</summary>
    public static int Groups(int frames) => (frames + DeviceSource.GroupSize - 1) / DeviceSource.GroupSize * DeviceSource.GroupSize;

    public void Set<T>(int index, T number) where T : unmanaged
    {
        _device.Cl.SetKernelArg(_kernel, (uint)index, (nuint)sizeof(T), &number);
        if (_before != 0) _device.Cl.SetKernelArg(_before, (uint)index, (nuint)sizeof(T), &number);
    }

    public void Set(int index, DeviceMemory memory) => Set(index, memory.Memory);

    /// <param name="buffer">Null: the device has no memory for it, and takes no launch until it has.</param>
    public void Set(int index, DeviceBuffer? buffer)
    {
        if (buffer is null)
        {
            _absent.Add(index);
            return;
        }
        _absent.Remove(index);
        while (_buffers.Count <= index) _buffers.Add(buffer);
        _buffers[index] = buffer;
        Set(index, buffer.Memory);
    }

    /// <summary>Before a batch: the device has the buffers from here on, and nobody else has the device. False if the driver does not take that.</summary>
    public bool Begin()
    {
        Last.Clear();
        if (!_handsOver) return true;
        _device.Turn.Enter();
        foreach (var buffer in _buffers)
        {
            if (buffer.ToDevice(_queue) != 0) return false;
        }
        return true;
    }

    /// <summary>After it, whatever <see cref="Begin"/> said: the host has the buffers again. False if it has not.</summary>
    public bool End()
    {
        if (!_handsOver) return true;
        bool all = true;
        foreach (var buffer in _buffers) all &= buffer.ToHost(_queue) == 0;
        _device.Turn.Exit();
        return all;
    }

    /// <summary>Sends a piece on its way; its memory is the device's until <see cref="Finish"/> has seen it again.</summary>
    /// <param name="items">Work-items.</param>
    /// <param name="group">Of each work-group; it divides the number of items.</param>
    /// <returns>False: the driver does not take it, and nothing of it runs.</returns>
    public bool Start(DevicePiece piece, int items, int group) => Start(_kernel, piece, items, group);

    bool Start(nint kernel, DevicePiece piece, int items, int group)
    {
        (piece.Count, piece.Kernel) = (0, -1);
        var injected = InjectedAfter-- > 0 ? LaunchResult.Done : Injected;
        if (InjectedAfter < 0) Injected = LaunchResult.Done;
        piece.IsLost = injected == LaunchResult.Failed;
        nuint global = (nuint)items, local = (nuint)group;
        nint* after = stackalloc nint[MostMemories];
        uint copies = 0;
        int error = _absent.Count > 0 || IsLost || injected == LaunchResult.Refused ? OutOfResources : 0;
        if (_onTheirWay == 0) Watchdog?.Begin();
        foreach (var memory in piece.Memories)
        {
            if (error != 0 || memory.IsShared || memory.Up.Bytes == 0) continue;
            nint copied;
            error = _device.Cl.EnqueueWriteBuffer(_there, memory.Memory, false, (nuint)memory.Up.From, (nuint)memory.Up.Bytes, (byte*)memory.Host + memory.Up.From, 0, null, &copied);
            if (error == 0) after[copies++] = piece.Events[piece.Count++] = copied;
        }
        nint run = 0;
        if (error == 0 && copies > 0) _device.Cl.Flush(_there);
        if (error == 0) error = _device.Cl.EnqueueNdrangeKernel(_queue, kernel, 1, null, &global, &local, copies, copies == 0 ? null : after, &run);
        if (error != 0)
        {
            _device.Cl.Finish(_there);
            Forget(piece);
            if (_onTheirWay == 0) Watchdog?.End();
            IsLost |= MeansLost(error);
            return false;
        }
        _onTheirWay++;
        piece.Kernel = piece.Count;
        piece.Events[piece.Count++] = run;
        _device.Cl.Flush(_queue);
        foreach (var memory in piece.Memories)
        {
            nint copied;
            if (memory.IsShared || memory.Back.Bytes == 0) continue;
            if (_device.Cl.EnqueueReadBuffer(_back, memory.Memory, false, (nuint)memory.Back.From, (nuint)memory.Back.Bytes, (byte*)memory.Host + memory.Back.From, 1, &run, &copied) != 0) piece.IsLost = true;
            else piece.Events[piece.Count++] = copied;
        }
        _device.Cl.Flush(_back);
        return true;
    }

    /// <summary>Waits for the oldest piece; false if it ended with an error.</summary>
    public bool Finish(DevicePiece piece)
    {
        int error;
        fixed (nint* events = piece.Events) error = _device.Cl.WaitForEvents((uint)piece.Count, events);
        // The next one's time begins.
        if (--_onTheirWay > 0) Watchdog?.Begin();
        else Watchdog?.End();
        if (_times && error == 0) Note(piece);
        Forget(piece);
        if (error == 0 && !piece.IsLost)
        {
            _failures = 0;
            return true;
        }
        IsLost |= MeansLost(error) || ++_failures == MostFailures;
        return false;
    }

    /// <summary>Runs so many work-items and waits for them.</summary>
    public LaunchResult Run(DevicePiece piece, int items, int group) => Run(_kernel, piece, items, group);

    /// <summary>The same of the one that comes before it.</summary>
    public LaunchResult RunBefore(DevicePiece piece, int items, int group) => Run(_before, piece, items, group);

    LaunchResult Run(nint kernel, DevicePiece piece, int items, int group) =>
        !Start(kernel, piece, items, group) ? LaunchResult.Refused : Finish(piece) ? LaunchResult.Done : LaunchResult.Failed;

    /// <summary>What it has taken so far does not count.</summary>
    public void ForgetTimes()
    {
        Times = default;
        Last.Clear();
    }

    void Forget(DevicePiece piece)
    {
        for (int n = 0; n < piece.Count; n++) _device.Cl.ReleaseEvent(piece.Events[n]);
        piece.Count = 0;
    }

    void Note(DevicePiece piece)
    {
        var times = new PieceTimes(Over(0, piece.Kernel), Over(piece.Kernel, piece.Kernel + 1)!.Value, Over(piece.Kernel + 1, piece.Count));
        Last.Add(times);
        long there = 0, back = 0;
        foreach (var memory in piece.Memories)
        {
            if (memory.IsShared) continue;
            there += memory.Up.Bytes;
            back += memory.Back.Bytes;
        }
        var sum = Times;
        Times = new(sum.Launches + 1, sum.ToDeviceNs + (times.ToDevice?.Ns ?? 0), sum.KernelNs + times.Kernel.Ns, sum.BackNs + (times.Back?.Ns ?? 0), sum.BytesToDevice + there, sum.BytesBack + back);

        DeviceSpan? Over(int from, int to) => from == to ? null : new(Of(from, ProfilingInfo.Queued), Of(from, ProfilingInfo.Start), Of(to - 1, ProfilingInfo.End));

        long Of(int number, ProfilingInfo what)
        {
            ulong ns;
            return _device.Cl.GetEventProfilingInfo(piece.Events[number], what, sizeof(ulong), &ns, null) == 0 ? (long)ns : 0;
        }
    }

    const int OutOfResources = -5;

    /// <summary>Failures one after the other that are taken for a lost device.</summary>
    const int MostFailures = 3;

    /// <summary>CL_DEVICE_NOT_AVAILABLE, CL_INVALID_DEVICE, CL_INVALID_CONTEXT, CL_INVALID_COMMAND_QUEUE: what drivers say when a device is gone.</summary>
    static bool MeansLost(int error) => error is -2 or -33 or -34 or -36;
}
