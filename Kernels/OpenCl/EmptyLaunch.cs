namespace Chainring.Kernels.OpenCl;

/// <summary>A kernel that does nothing, with so many work-items: what a launch costs at least on the device that chains run on, and how fast it is copied to and from.</summary>
/// <param name="bytes">Copied to the device before it and back after it.</param>
public sealed class EmptyLaunch(int items, int bytes = 0) : ITimedOnDevice
{
    const string Text = "kernel void nothing(global int *out)\n{\n    if (out == 0) out[get_global_id(0)] = 1;\n}\n";

    readonly DeviceMemory _memory = MemoryOf(bytes);
    readonly DeviceKernel _kernel = Devices.Default.Build(Text).Program?.Kernel("nothing", handsOver: false, times: bytes > 0) ?? throw new InvalidOperationException("the device makes no kernel");
    DevicePiece? _piece;

    public DeviceTimes Times => _kernel.Times;

    /// <summary>Launches it and waits.</summary>
    public void Run()
    {
        if (_piece is null) _kernel.Set(0, _memory);
        _piece ??= new(_memory);
        _kernel.Begin();
        int groups = (items + DeviceSource.GroupSize - 1) / DeviceSource.GroupSize;
        if (_kernel.Run(_piece, groups * DeviceSource.GroupSize, DeviceSource.GroupSize) != LaunchResult.Done) throw new InvalidOperationException("the device does not run an empty kernel");
    }

    static DeviceMemory MemoryOf(int bytes)
    {
        var memory = new DeviceMemory(Devices.Default, isShared: false);
        if (!memory.Room(Math.Max(bytes, 1))) throw new InvalidOperationException($"the device has no {bytes} bytes");
        memory.Copies((0, bytes), (0, bytes));
        return memory;
    }
}
