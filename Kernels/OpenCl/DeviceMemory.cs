using System.Runtime.InteropServices;
using Silk.NET.OpenCL;

namespace Chainring.Kernels.OpenCl;

/// <summary>
/// Memory of a device, and as much of the host's that does not move, between which is copied. Where they are the same (<paramref name="isShared"/>), nothing is.
/// It grows, and then what was in it is gone.
/// </summary>
sealed unsafe class DeviceMemory(Device device, bool isShared)
{
    const int Page = 4096;

    readonly CL _cl = device.Cl;
    nint _device, _pinned, _queue;
    nuint _capacity;

    ~DeviceMemory()
    {
        Release();
        if (_queue != 0) _cl.ReleaseCommandQueue(_queue);
    }

    public bool IsShared => isShared;

    /// <summary>Where the host has it.</summary>
    public void* Host { get; private set; }

    internal nint Memory => _device;

    /// <summary>What is copied: bytes from a place on, to the device before the launch and back after it.</summary>
    internal (long From, long Bytes) Up { get; private set; }

    internal (long From, long Bytes) Back { get; private set; }

    /// <summary>Room for so many bytes; it does not do to ask for it while they are on their way. False if the driver has none.</summary>
    public bool Room(long bytes)
    {
        if ((nuint)bytes <= _capacity) return true;
        Release();
        var capacity = (nuint)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(bytes, Page));
        int error;
        if (isShared)
        {
            Host = NativeMemory.AlignedAlloc(capacity, Page);
            _device = Buffer(MemFlags.ReadWrite | MemFlags.UseHostPtr, Host);
        }
        else
        {
            if (_queue == 0 && (_queue = device.Queue()) == 0) return false;
            _device = Buffer(MemFlags.ReadWrite, null);
            // What drivers allocate for the host they can copy from and to by themselves.
            _pinned = Buffer(MemFlags.ReadWrite | MemFlags.AllocHostPtr, null);
            if (_device != 0 && _pinned != 0) Host = _cl.EnqueueMapBuffer(_queue, _pinned, true, MapFlags.Read | MapFlags.Write, 0, capacity, 0, null, null, &error);
        }
        if (_device == 0 || Host == null)
        {
            Release();
            return false;
        }
        _capacity = capacity;
        return true;

        nint Buffer(MemFlags flags, void* host)
        {
            int status;
            nint buffer = _cl.CreateBuffer(device.Context, flags, capacity, host, &status);
            return status == 0 ? buffer : 0;
        }
    }

    /// <summary>What is to be copied around the next launch.</summary>
    public void Copies((long From, long Bytes) up, (long From, long Bytes) back) => (Up, Back) = (up, back);

    void Release()
    {
        if (Host != null && !isShared)
        {
            _cl.EnqueueUnmapMemObject(_queue, _pinned, Host, 0, null, null);
            _cl.Finish(_queue);
        }
        if (_pinned != 0) _cl.ReleaseMemObject(_pinned);
        if (_device != 0) _cl.ReleaseMemObject(_device);
        if (isShared) NativeMemory.AlignedFree(Host);
        (_device, _pinned, _capacity) = (0, 0, 0);
        Host = null;
    }
}

/// <summary>A piece of a batch on its way to the device, through the kernel and back: its memory, and when what was done.</summary>
sealed unsafe class DevicePiece
{
    /// <summary>Copies to the device and from it, the kernel between them.</summary>
    internal readonly nint[] Events = new nint[2 * DeviceKernel.MostMemories + 1];

    internal int Count, Kernel;

    /// <summary>Something of it will not come back.</summary>
    internal bool IsLost;

    readonly DeviceMemory[] _memories;

    public DevicePiece(params DeviceMemory[] memories) => _memories = memories;

    internal ReadOnlySpan<DeviceMemory> Memories => _memories;

    /// <summary>Frames of it, and the first one's number in the batch.</summary>
    public int First { get; set; }

    public int Frames { get; set; }
}

/// <summary>When the driver did something: nanoseconds on the device's clock.</summary>
readonly record struct DeviceSpan(long Queued, long Started, long Ended)
{
    public long Ns => Ended - Started;
}

/// <summary>When a piece of a batch was where.</summary>
/// <param name="ToDevice">From the first copy on to the last; null if nothing was copied.</param>
readonly record struct PieceTimes(DeviceSpan? ToDevice, DeviceSpan Kernel, DeviceSpan? Back);

/// <summary>What a kernel's batches have taken on the device since it was made, by the driver's clock. Pieces of a batch overlap: they are added up.</summary>
/// <param name="Launches">Pieces.</param>
public readonly record struct DeviceTimes(long Launches, long ToDeviceNs, long KernelNs, long BackNs, long BytesToDevice, long BytesBack)
{
    public static DeviceTimes operator -(DeviceTimes a, DeviceTimes b) =>
        new(a.Launches - b.Launches, a.ToDeviceNs - b.ToDeviceNs, a.KernelNs - b.KernelNs, a.BackNs - b.BackNs, a.BytesToDevice - b.BytesToDevice, a.BytesBack - b.BytesBack);
}

/// <summary>A kernel that knows what its batches took on a device.</summary>
public interface ITimedOnDevice
{
    DeviceTimes Times { get; }
}
