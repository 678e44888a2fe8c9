using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Chainring.Tests.Oracle;

/// <summary>
/// A network namespace with interfaces numbered like a card's ports, in which the calling thread is until disposed on the same
/// thread. Ingress interfaces, their queues and devmap entries then exist for the kernel; nothing outside is touched.
/// </summary>
/// <remarks>Interface 1 is the loopback device, so ports start at 2.</remarks>
public sealed partial class KernelPorts : IDisposable
{
    public const int Loopback = 1;

    /// <summary>The far end of port n is this plus n.</summary>
    public const int FirstPeer = 1000;

    const int NewNetwork = 0x40000000;

    readonly SafeFileHandle _before = File.OpenHandle("/proc/thread-self/ns/net");

    /// <param name="ports">Interface indices, each from 2 to 999.</param>
    /// <param name="queues">Receive queues of each.</param>
    public KernelPorts(IEnumerable<int> ports, int queues = 1)
    {
        if (unshare(NewNetwork) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        try
        {
            foreach (int port in ports)
            {
                Ip($"link add port{port} index {port} numrxqueues {queues} type veth peer name peer{port} index {FirstPeer + port}");
                Ip($"link set port{port} up");
                Ip($"link set peer{port} up");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_before.IsClosed) return;
        if (setns(_before, NewNetwork) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        _before.Dispose();
    }

    /// <summary>Runs ip; a child process is in the namespace of the thread that starts it.</summary>
    public static void Ip(string arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        string errors = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        if (ip.ExitCode != 0) throw new InvalidOperationException($"ip {arguments}: {errors}");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(SafeFileHandle ns, int type);
}
