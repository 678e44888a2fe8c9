using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace Chainring.Tests.Nic.Wire.Live;

/// <summary>
/// A network namespace of its own, with a thread that lives in it: what runs there sees and makes interfaces in it, and nothing outside
/// is touched. It is gone when disposed and nothing that was opened in it is open any more.
/// </summary>
sealed partial class NetworkNamespace : IDisposable
{
    const int NewNetwork = 0x40000000;

    readonly BlockingCollection<Action> _work = [];
    readonly Thread _thread;

    public NetworkNamespace()
    {
        _thread = new Thread(() =>
        {
            foreach (var action in _work.GetConsumingEnumerable()) action();
        })
        { IsBackground = true };
        _thread.Start();
        // The thread ends with the namespace: it never goes back to a pool, and so needs no way back.
        Run(() =>
        {
            if (unshare(NewNetwork) == 0) return;
            int error = Marshal.GetLastPInvokeError();
            _work.CompleteAdding();
            throw new Win32Exception(error);
        });
    }

    /// <summary>Ends the calling test unless namespaces can be made here: as ignored, and in continuous integration (<c>CI=true</c>) as failed.</summary>
    public static void Require()
    {
        string? missing = !OperatingSystem.IsLinux() ? "live wires are Linux's"
            : geteuid() != 0 ? "network namespaces need root"
            : !HasIp() ? "ip (iproute2) is not installed"
            : !File.Exists("/dev/net/tun") ? "there is no /dev/net/tun"
            : CannotBeMade();
        if (missing is null) return;
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(missing);
        Assert.Ignore(missing);
    }

    public void Run(Action action) => Run<object?>(() =>
    {
        action();
        return null;
    });

    public T Run<T>(Func<T> function)
    {
        T result = default!;
        ExceptionDispatchInfo? thrown = null;
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                result = function();
            }
            catch (Exception e)
            {
                thrown = ExceptionDispatchInfo.Capture(e);
            }
            done.Set();
        });
        done.Wait();
        thrown?.Throw();
        return result;
    }

    /// <summary>Runs ip(8) in it.</summary>
    public void Ip(string arguments) => Run(() =>
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        string errors = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        if (ip.ExitCode != 0) throw new InvalidOperationException($"ip {arguments}: {errors}");
    });

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    static string? CannotBeMade()
    {
        try
        {
            using var made = new NetworkNamespace();
            return null;
        }
        catch (Win32Exception e)
        {
            return $"a network namespace cannot be made: {e.Message}";
        }
    }

    static bool HasIp() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "ip")));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
