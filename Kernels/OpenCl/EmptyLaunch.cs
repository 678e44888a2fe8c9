namespace Chainring.Kernels.OpenCl;

/// <summary>A kernel that does nothing, with so many work-items: what a launch costs at least on the device that chains run on.</summary>
public sealed class EmptyLaunch(int items)
{
    const string Text = "kernel void nothing(global int *out)\n{\n    if (out == 0) out[get_global_id(0)] = 1;\n}\n";

    readonly DeviceKernel _kernel = Make();

    /// <summary>Launches it and waits.</summary>
    public void Run()
    {
        int groups = (items + DeviceSource.GroupSize - 1) / DeviceSource.GroupSize;
        if (_kernel.Run(groups * DeviceSource.GroupSize, DeviceSource.GroupSize) != LaunchResult.Done) throw new InvalidOperationException("the device does not run an empty kernel");
    }

    static DeviceKernel Make()
    {
        var kernel = Devices.Default.Build(Text).Program!.Kernel("nothing", handsOver: false) ?? throw new InvalidOperationException("the device makes no kernel");
        int[] room = GC.AllocateArray<int>(1, pinned: true);
        kernel.Set(0, Devices.Default.BufferOf(room, sizeof(int)));
        return kernel;
    }
}
