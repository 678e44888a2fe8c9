using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Chainring.Host.Driver.Peers;

namespace Chainring.Tests.Oracle;

/// <summary>Fewer rights than root's (capabilities(7)), for as long as a question takes. They are those of one thread, which ends with it.</summary>
static unsafe partial class Rights
{
    const uint Version = 0x20080522;
    const int NetAdmin = 12, Bpf = 39;

    /// <summary>With CAP_BPF and CAP_NET_ADMIN alone: enough to load an XDP program, not enough to let it leak what the kernel keeps to itself.</summary>
    public static T WithoutPerfmon<T>(Func<T> ask) => With(1UL << NetAdmin | 1UL << Bpf, ask);

    /// <summary>With none at all.</summary>
    public static T WithoutAny<T>(Func<T> ask) => With(0, ask);

    static T With<T>(ulong rights, Func<T> ask)
    {
        T answer = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Keep(rights);
                answer = ask();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return answer;
    }

    static void Keep(ulong rights)
    {
        var header = new Header { Version = Version };
        var sets = stackalloc Sets[2];
        sets[0] = new((uint)rights, (uint)rights, 0);
        sets[1] = new((uint)(rights >> 32), (uint)(rights >> 32), 0);
        if (SetCapabilities(&header, sets) != 0) throw new BpfException("rights cannot be given up", (Errno)Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    private static partial int SetCapabilities(Header* header, Sets* sets);

    struct Header
    {
        public uint Version;
        public int Thread;
    }

    readonly record struct Sets(uint Effective, uint Permitted, uint Inheritable);
}
