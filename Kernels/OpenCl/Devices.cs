using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Silk.NET.OpenCL;

namespace Chainring.Kernels.OpenCl;

/// <summary>What a device says of itself.</summary>
/// <param name="IsProcessor">It is the host's processor: it shares the host's memory, and takes the predicated shape.</param>
/// <param name="Units">Compute units.</param>
/// <param name="MemoryBytes">Of all its memory.</param>
/// <param name="LargestBuffer">Of one buffer, bytes.</param>
/// <param name="LargestGroup">Work-items of a work-group.</param>
/// <param name="LargestArguments">Bytes of a kernel's arguments.</param>
/// <param name="HasLongAtomics">64-bit atomics (cl_khr_int64_base_atomics).</param>
public sealed record DeviceFacts(
    string Platform, string Name, string Version, string Driver, bool IsProcessor, int Units, long MemoryBytes, long LargestBuffer, long LocalBytes, int LargestGroup,
    int LargestArguments, bool HasLongAtomics);

/// <summary>The devices that the OpenCL loader of this machine offers. This file and those of <see cref="DeviceKernel"/> and <see cref="DeviceMemory"/> know the binding.</summary>
public static unsafe class Devices
{
    static readonly Lazy<(IReadOnlyList<Device> All, Device? Used, string? Missing)> Found = new(() => Choose(Find()));

    /// <summary>What each device says of itself, in the loader's order.</summary>
    public static IReadOnlyList<DeviceFacts> All => [.. Found.Value.All.Select(d => d.Facts)];

    /// <summary>Why there is none to run chains on, half a sentence; null if there is one.</summary>
    public static string? Missing => Found.Value.Missing;

    /// <summary>What that says of itself which chains run on; null if there is none.</summary>
    public static DeviceFacts? Used => Found.Value.Used?.Facts;

    /// <summary>Names the device that chains run on, by its number in <see cref="All"/>.</summary>
    public const string Variable = "CHAINRING_OPENCL_DEVICE";

    /// <summary>That which chains run on; there must be one.</summary>
    internal static Device Default => Found.Value.Used ?? throw new InvalidOperationException(Missing);

    /// <summary>The one that <see cref="Variable"/> names; if it is not set the first that is no processor, else the first.</summary>
    static (IReadOnlyList<Device>, Device?, string?) Choose((IReadOnlyList<Device> Devices, string? Missing) found)
    {
        var (devices, missing) = found;
        if (missing is not null) return (devices, null, missing);
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } name) return (devices, devices.FirstOrDefault(d => !d.Facts.IsProcessor) ?? devices[0], null);
        return uint.TryParse(name, out uint wanted) && wanted < devices.Count ? (devices, devices[(int)wanted], null)
            : (devices, null, $"{Variable} is '{name}', which is no number of a device (chainring backends numbers them)");
    }

    static (IReadOnlyList<Device>, string?) Find()
    {
        CL cl;
        try
        {
            cl = CL.GetApi();
        }
        catch (Exception e) when (e is FileNotFoundException or DllNotFoundException or PlatformNotSupportedException)
        {
            return ([], "there is no OpenCL loader (Debian: ocl-icd-libopencl1)");
        }
        uint count = 0;
        // Without a single driver the loader answers with an error of its own.
        if (cl.GetPlatformIDs(0, null, &count) != 0 || count == 0) return ([], "the OpenCL loader knows of no driver (Debian: pocl-opencl-icd for the processor)");
        nint[] platforms = new nint[count];
        fixed (nint* first = platforms) cl.GetPlatformIDs(count, first, null);
        var devices = new List<Device>();
        foreach (nint platform in platforms)
        {
            uint own = 0;
            if (cl.GetDeviceIDs(platform, DeviceType.All, 0, null, &own) != 0) continue;
            nint[] ids = new nint[own];
            fixed (nint* first = ids) cl.GetDeviceIDs(platform, DeviceType.All, own, first, null);
            devices.AddRange(ids.Select(id => new Device(cl, platform, id)));
        }
        return devices.Count > 0 ? (devices, null) : ([], "no OpenCL driver of this machine has a device");
    }
}

/// <summary>A device, and what is built for it. Calls may come from any thread.</summary>
sealed unsafe class Device
{
    readonly CL _cl;
    readonly nint _id;
    readonly Lazy<(nint Made, int Error)> _context;
    readonly ConditionalWeakTable<Array, DeviceBuffer> _buffers = [];

    internal Device(CL cl, nint platform, nint id)
    {
        (_cl, _id) = (cl, id);
        string extensions = Text(DeviceInfo.Extensions);
        Facts = new(
            Text((size, value, used) => cl.GetPlatformInfo(platform, PlatformInfo.Name, size, (void*)value, (nuint*)used)),
            Text(DeviceInfo.Name), Text(DeviceInfo.Version), Text(DeviceInfo.DriverVersion), (Number<ulong>(DeviceInfo.Type) & (ulong)DeviceType.Cpu) != 0,
            (int)Number<uint>(DeviceInfo.MaxComputeUnits), (long)Number<ulong>(DeviceInfo.GlobalMemSize), (long)Number<ulong>(DeviceInfo.MaxMemAllocSize),
            (long)Number<ulong>(DeviceInfo.LocalMemSize), (int)Number<nuint>(DeviceInfo.MaxWorkGroupSize), (int)Number<nuint>(DeviceInfo.MaxParameterSize),
            extensions.Split(' ').Contains("cl_khr_int64_base_atomics"));
        _context = new(() =>
        {
            int error;
            nint device = id;
            return (_cl.CreateContext(null, 1, &device, null!, null, &error), error);
        });
    }

    public DeviceFacts Facts { get; }

    internal CL Cl => _cl;

    internal nint Context => _context.Value.Made;

    /// <summary>For tests: arrays of so many bytes find no memory.</summary>
    internal long RefusedBytes { get; set; } = -1;

    internal nint Id => _id;

    /// <summary>One batch at a time, where the device has memory of its own.</summary>
    internal Lock Turn { get; } = new();

    /// <summary>Builds a program, or takes the binary of one that was built before; or says why the driver cannot, with its log and the line that it speaks of.</summary>
    public (DeviceProgram? Program, string? WhyNot) Build(string source)
    {
        if (_context.Value.Error is not 0 and var none) return (null, $"the driver makes no context: error {none}");
        string key = BinaryCache.KeyOf(Facts, source);
        if (BinaryCache.Read(key) is { } known && Load(known) is { } loaded) return (loaded, null);
        int error;
        nint program;
        byte[] text = Encoding.ASCII.GetBytes(source);
        nuint length = (nuint)text.Length;
        fixed (byte* first = text)
        {
            byte* line = first;
            program = _cl.CreateProgramWithSource(Context, 1, &line, &length, &error);
        }
        if (error != 0) return (null, $"the driver makes no program: error {error}");
        if (Build(program) != 0)
        {
            string log = Text((size, value, used) => _cl.GetProgramBuildInfo(program, _id, ProgramBuildInfo.BuildLog, size, (void*)value, (nuint*)used));
            _cl.ReleaseProgram(program);
            return (null, $"the driver cannot build it: {LineOf(log, source)}{log}");
        }
        var built = new DeviceProgram(this, program);
        BinaryCache.Write(key, Binary(program));
        return (built, null);
    }

    /// <summary>The line of the source that a log names first.</summary>
    static string LineOf(string log, string source)
    {
        var place = System.Text.RegularExpressions.Regex.Match(log, @":(\d+):\d+");
        string[] lines = source.Split('\n');
        return place.Success && int.TryParse(place.Groups[1].Value, out int line) && line >= 1 && line <= lines.Length ? $"line {line}: {lines[line - 1].Trim()}\n" : "";
    }

    /// <summary>The device's view of an array that does not move, the same for all who ask; null if it has no memory for it.</summary>
    /// <param name="bytes">Of all its items.</param>
    public DeviceBuffer? BufferOf(Array items, long bytes)
    {
        if (_buffers.TryGetValue(items, out var known)) return known;
        return bytes != RefusedBytes && DeviceBuffer.Make(this, items, bytes) is { } made ? _buffers.GetValue(items, _ => made) : null;
    }

    /// <summary>A queue that does one thing after the other; 0 if the driver makes none.</summary>
    /// <param name="times">The driver notes when it did what.</param>
    internal nint Queue(bool times = false)
    {
        int error;
        nint queue = _cl.CreateCommandQueue(Context, _id, times ? CommandQueueProperties.ProfilingEnable : CommandQueueProperties.None, &error);
        return error == 0 ? queue : 0;
    }

    DeviceProgram? Load(byte[] binary)
    {
        int error, status;
        nint device = _id, program;
        nuint length = (nuint)binary.Length;
        fixed (byte* first = binary)
        {
            byte* bytes = first;
            program = _cl.CreateProgramWithBinary(Context, 1, &device, &length, &bytes, &status, &error);
        }
        if (error != 0 || status != 0) return null;
        if (Build(program) == 0) return new(this, program);
        _cl.ReleaseProgram(program);
        return null;
    }

    int Build(nint program)
    {
        nint device = _id;
        fixed (byte* options = "-cl-std=CL1.2 -w\0"u8) return _cl.BuildProgram(program, 1, &device, options, null!, null);
    }

    byte[] Binary(nint program)
    {
        nuint length;
        if (_cl.GetProgramInfo(program, ProgramInfo.BinarySizes, (nuint)sizeof(nuint), &length, null) != 0 || length == 0) return [];
        byte[] binary = new byte[length];
        fixed (byte* first = binary)
        {
            byte* bytes = first;
            return _cl.GetProgramInfo(program, ProgramInfo.Binaries, (nuint)sizeof(byte*), &bytes, null) == 0 ? binary : [];
        }
    }

    delegate int Query(nuint size, nint value, nint used);

    string Text(DeviceInfo what) => Text((size, value, used) => _cl.GetDeviceInfo(_id, what, size, (void*)value, (nuint*)used));

    static string Text(Query query)
    {
        nuint size = 0;
        if (query(0, 0, (nint)(&size)) != 0 || size == 0) return "";
        byte[] text = new byte[size];
        fixed (byte* first = text) query(size, (nint)first, 0);
        return Encoding.UTF8.GetString(text).TrimEnd('\0', ' ', '\n');
    }

    T Number<T>(DeviceInfo what) where T : unmanaged
    {
        T number = default;
        _cl.GetDeviceInfo(_id, what, (nuint)sizeof(T), &number, null);
        return number;
    }
}

/// <summary>An array of the host as a device sees it. On a processor both have the same memory; else the host has it only between batches.</summary>
sealed unsafe class DeviceBuffer
{
    readonly Device _device;
    readonly Array _items;
    readonly nint _memory;
    readonly nuint _bytes;
    void* _mapped;

    DeviceBuffer(Device device, Array items, nint memory, long bytes) => (_device, _items, _memory, _bytes) = (device, items, memory, (nuint)bytes);

    /// <summary>Null if the driver has no memory for it.</summary>
    internal static DeviceBuffer? Make(Device device, Array items, long bytes)
    {
        int error;
        nint memory = device.Cl.CreateBuffer(device.Context, MemFlags.UseHostPtr | MemFlags.ReadWrite, (nuint)bytes, (void*)Marshal.UnsafeAddrOfPinnedArrayElement(items, 0), &error);
        return error == 0 ? new(device, items, memory, bytes) : null;
    }

    ~DeviceBuffer() => _device.Cl.ReleaseMemObject(_memory);

    internal nint Memory => _memory;

    /// <summary>Where it is in the host's memory.</summary>
    public nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(_items, 0);

    /// <summary>From here on the device has it; an error of the driver, or 0.</summary>
    internal int ToDevice(nint queue)
    {
        if (_mapped == null) return 0;
        int error = _device.Cl.EnqueueUnmapMemObject(queue, _memory, _mapped, 0, null, null);
        _mapped = null;
        return error;
    }

    /// <summary>The host has it again, as the device left it.</summary>
    internal int ToHost(nint queue)
    {
        if (_mapped != null) return 0;
        int error;
        _mapped = _device.Cl.EnqueueMapBuffer(queue, _memory, true, MapFlags.Read | MapFlags.Write, 0, _bytes, 0, null, null, &error);
        return error;
    }
}

/// <summary>Built device code.</summary>
sealed unsafe class DeviceProgram(Device device, nint program)
{
    ~DeviceProgram() => device.Cl.ReleaseProgram(program);

    public Device Device => device;

    /// <summary>One of its kernels with queues of its own; null if the driver does not make them.</summary>
    /// <param name="handsOver">Its buffers are handed over and taken back around every batch, as on a device with memory of its own.</param>
    /// <param name="times">The driver notes when it did what.</param>
    /// <param name="before">One that takes the same arguments and runs before it when asked to.</param>
    /// <param name="watchdogMs">Of a launch; 0 for no end.</param>
    public DeviceKernel? Kernel(string name, bool handsOver, bool times = false, string? before = null, int watchdogMs = 0)
    {
        nint[] queues = [device.Queue(times), device.Queue(times), device.Queue(times)];
        return !queues.Contains(0) && Make(name) is not 0 and var kernel ? new(this, queues, kernel, handsOver, times, before is null ? 0 : Make(before), watchdogMs) : null;
    }

    nint Make(string name)
    {
        int error;
        fixed (byte* text = Encoding.ASCII.GetBytes(name + "\0")) return device.Cl.CreateKernel(program, text, &error);
    }
}
