using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;

namespace Chainring.Tests.Oracle;

/// <summary>
/// Sees where the kernel really sends a frame: the far end of each port has a program that counts frames of an ethertype of its own. To be used
/// inside <see cref="KernelPorts"/>.
/// </summary>
public sealed class RedirectWitness : IDisposable
{
    const int XdpAttachment = 37;

    /// <summary>How long a frame may take to the far end.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    static readonly MapSpec Seen = new() { Name = "seen", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };

    readonly List<(int Port, KernelMap Seen, KernelProgram Counter, BpfFd Link)> _ends = [];

    public RedirectWitness(IEnumerable<int> ports)
    {
        foreach (int port in ports)
        {
            var seen = new KernelMap(Seen);
            var counter = new KernelProgram(ProgramText.Program("witness", """
                r2 = *(u32 *)(r1 + 0)
                r3 = *(u32 *)(r1 + 4)
                r4 = r2
                r4 += 14
                if r4 > r3 goto out
                r4 = *(u16 *)(r2 + 12)
                if r4 != 0xb588 goto out
                r1 = value(seen) + 0
                r2 = 1
                lock *(u64 *)(r1 + 0) += r2
                out:
                r0 = 1
                exit
                """), _ => seen);
            _ends.Add((port, seen, counter, Bpf.Attach(counter.Fd, KernelPorts.FirstPeer + port, XdpAttachment)));
        }
    }

    /// <summary>A frame of 64 bytes that the witness recognises.</summary>
    public static byte[] Frame { get; } = [.. new byte[12], 0x88, 0xb5, .. new byte[50]];

    /// <summary>Runs a program on <see cref="Frame"/>, does what it says, and tells how often each port sent it.</summary>
    /// <param name="expected">What is waited for: the answer comes when it is met, or late.</param>
    public IReadOnlyDictionary<int, long> Send(KernelProgram program, uint ingress, IReadOnlyDictionary<int, long> expected)
    {
        var before = Counts();
        var errno = Bpf.LiveRun(program.Fd, Frame, ingress);
        if (errno != Errno.None) throw new BpfException($"program {program.Spec.Name} cannot run", errno);

        var until = DateTime.UtcNow + Patience;
        while (true)
        {
            var sent = Counts().ToDictionary(c => c.Key, c => c.Value - before[c.Key]);
            if (sent.All(c => c.Value == expected.GetValueOrDefault(c.Key)) || DateTime.UtcNow > until) return sent;
            Thread.Sleep(1);
        }
    }

    public void Dispose()
    {
        foreach (var (_, seen, counter, link) in _ends)
        {
            link.Dispose();
            counter.Dispose();
            seen.Dispose();
        }
    }

    Dictionary<int, long> Counts() => _ends.ToDictionary(e => e.Port, e => BitConverter.ToInt64(e.Seen.Lookup(new byte[4])![0]));
}
