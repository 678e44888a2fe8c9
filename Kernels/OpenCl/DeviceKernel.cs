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
    internal const int MostMemories = 3;

    readonly DeviceProgram _program;
    readonly Device _device;
    readonly nint _kernel, _queue, _there, _back;
    readonly bool _handsOver, _times;
    readonly List<DeviceBuffer> _buffers = [];

    internal DeviceKernel(DeviceProgram program, nint kernel, bool handsOver, bool times)
    {
        (_program, _device, _kernel, _handsOver, _times) = (program, program.Device, kernel, handsOver, times);
        (_queue, _there, _back) = (Queue(), Queue(), Queue());

        nint Queue()
        {
            int error;
            return Device.Checked(_device.Cl.CreateCommandQueue(_device.Context, _device.Id, times ? CommandQueueProperties.ProfilingEnable : CommandQueueProperties.None, &error), error, "a queue");
        }
    }

    ~DeviceKernel()
    {
        _device.Cl.ReleaseKernel(_kernel);
        foreach (nint queue in (nint[])[_queue, _there, _back]) _device.Cl.ReleaseCommandQueue(queue);
    }

    /// <summary>For tests: what a launch comes to, whatever the driver says, and how many come before it.</summary>
    internal LaunchResult Injected { get; set; }

    internal int InjectedAfter { get; set; }

    /// <summary>Of all pieces so far, if the driver notes them.</summary>
    public DeviceTimes Times { get; private set; }

    /// <summary>Of the pieces of the last batch, likewise.</summary>
    internal List<PieceTimes> Last { get; } = [];

    public void Set<T>(int index, T number) where T : unmanaged => _device.Cl.SetKernelArg(_kernel, (uint)index, (nuint)sizeof(T), &number);

    public void Set(int index, DeviceMemory memory) => Set(index, memory.Memory);

    public void Set(int index, DeviceBuffer buffer)
    {
        if (!_buffers.Contains(buffer)) _buffers.Add(buffer);
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
    public bool Start(DevicePiece piece, int items, int group)
    {
        (piece.Count, piece.Kernel) = (0, -1);
        var injected = InjectedAfter-- > 0 ? LaunchResult.Done : Injected;
        if (InjectedAfter < 0) Injected = LaunchResult.Done;
        piece.IsLost = injected == LaunchResult.Failed;
        nuint global = (nuint)items, local = (nuint)group;
        nint* after = stackalloc nint[MostMemories];
        uint copies = 0;
        bool taken = injected != LaunchResult.Refused;
        foreach (var memory in piece.Memories)
        {
            if (!taken || memory.IsShared || memory.Up.Bytes == 0) continue;
            nint copied;
            taken = _device.Cl.EnqueueWriteBuffer(_there, memory.Memory, false, (nuint)memory.Up.From, (nuint)memory.Up.Bytes, (byte*)memory.Host + memory.Up.From, 0, null, &copied) == 0;
            if (taken) after[copies++] = piece.Events[piece.Count++] = copied;
        }
        nint run;
        if (taken && copies > 0) _device.Cl.Flush(_there);
        if (!taken || _device.Cl.EnqueueNdrangeKernel(_queue, _kernel, 1, null, &global, &local, copies, copies == 0 ? null : after, &run) != 0)
        {
            _device.Cl.Finish(_there);
            Forget(piece);
            return false;
        }
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
        if (_times && error == 0) Note(piece);
        Forget(piece);
        return error == 0 && !piece.IsLost;
    }

    /// <summary>Runs so many work-items and waits for them.</summary>
    public LaunchResult Run(DevicePiece piece, int items, int group) =>
        !Start(piece, items, group) ? LaunchResult.Refused : Finish(piece) ? LaunchResult.Done : LaunchResult.Failed;

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
}
