using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Chainring.Host.Driver.Peers;

/// <summary>Keeps the calling thread on one CPU until disposed, on the same thread. Cheap where it is there already.</summary>
public readonly unsafe partial struct CpuPin : IDisposable
{
    const int MaskBytes = 1024;

    readonly byte[]? _before;

    public CpuPin(int cpu)
    {
        Span<byte> now = stackalloc byte[MaskBytes], only = stackalloc byte[MaskBytes];
        fixed (byte* mask = now)
        {
            if (sched_getaffinity(0, MaskBytes, mask) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
        only.Clear();
        only[cpu / 8] = (byte)(1 << (cpu % 8));
        if (now.SequenceEqual(only)) return;

        _before = now.ToArray();
        Set(only);
    }

    /// <summary>On the CPU that it runs on now; nothing is done, and nothing undone, where CPUs cannot be asked for.</summary>
    public static CpuPin Here()
    {
        try
        {
            return OperatingSystem.IsLinux() ? new(Thread.GetCurrentProcessorId()) : default;
        }
        catch (Win32Exception)
        {
            return default;
        }
    }

    public void Dispose()
    {
        if (_before is not null) Set(_before);
    }

    /// <summary>Possible CPUs: how many values an entry of a per-CPU map has.</summary>
    public static int Possible { get; } = CountPossible();

    static int CountPossible()
    {
        const string list = "/sys/devices/system/cpu/possible";
        if (!File.Exists(list)) return Environment.ProcessorCount;
        return int.Parse(File.ReadAllText(list).Trim().Split(',', '-')[^1], CultureInfo.InvariantCulture) + 1;
    }

    static void Set(ReadOnlySpan<byte> cpus)
    {
        fixed (byte* mask = cpus)
        {
            if (sched_setaffinity(0, MaskBytes, mask) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_getaffinity(int thread, nuint size, byte* mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setaffinity(int thread, nuint size, byte* mask);
}
