using Chainring.Host.Driver.Peers;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Oracle;

/// <summary>A program loaded into the kernel as XDP. It keeps its maps alive; their handles remain the caller's.</summary>
public sealed class KernelProgram : IDisposable
{
    /// <summary>BPF_F_XDP_HAS_FRAGS.</summary>
    internal const uint HasFrags = 1 << 5;

    /// <summary>A page at the tail, the headroom at the head.</summary>
    const int GrowthBytes = 4096 + 256;

    /// <param name="maps">The map for each name in the program's map references.</param>
    /// <param name="license">Decides which helpers the verifier admits; empty counts as GPL.</param>
    /// <param name="device">The interface that the program is bound to, whose driver answers its RX-metadata kfuncs. Such a program runs
    /// only there.</param>
    /// <param name="log">Filled in, if the verifier's log is asked for.</param>
    public KernelProgram(ProgramSpec spec, Func<string, KernelMap> maps, string license = "GPL", int device = 0, VerifierLog? log = null)
    {
        Spec = spec;
        var code = LinuxProgram.WithMaps(spec, name => maps(name).Fd.Number);
        KernelTypes.Link(spec, code);
        using var types = spec.Functions.Count > 1 ? Bpf.LoadBtf(FunctionTypes.Btf(spec.Functions, FunctionTypes.GlobalsOf(spec))) : null;
        Fd = Bpf.LoadXdp(Encoding.Encode(code), spec.Name, license.Length == 0 ? "GPL" : license, (spec.Frags ? HasFrags : 0) | (device == 0 ? 0 : Bpf.BoundToDevice),
            types, types is null ? [] : FunctionTypes.Info(spec.Functions), device, log);
    }

    public ProgramSpec Spec { get; }

    public BpfFd Fd { get; }

    /// <summary>
    /// One run over one frame. Interface 0 is the kernel's default for a test run: the loopback device (index 1), queue 0. A refusal to
    /// run throws.
    /// </summary>
    /// <param name="cpu">The CPU it runs on: where per-CPU values land.</param>
    /// <param name="linear">Bytes of the frame that are to be in its linear part; as many as fit, if not given.</param>
    public KernelRun Run(
        ReadOnlySpan<byte> frame, ReadOnlySpan<byte> metadata = default, uint ingress = 0, uint queue = 0, int cpu = 0, int? linear = null)
    {
        var data = new byte[metadata.Length + frame.Length];
        metadata.CopyTo(data);
        frame.CopyTo(data.AsSpan(metadata.Length));
        var result = new byte[data.Length + GrowthBytes];
        var context = new XdpContext
        {
            Data = (uint)metadata.Length,
            DataEnd = (uint)(metadata.Length + (linear ?? frame.Length)),
            IngressIfindex = ingress,
            RxQueueIndex = queue,
        };

        using var pin = new CpuPin(cpu);
        var errno = Bpf.TestRun(Fd, data, result, ref context, repeat: 1, out uint code, out int length, out _);
        if (errno != Errno.None) throw new BpfException($"program {Spec.Name} cannot run on {frame.Length} bytes", errno);
        int start = (int)context.Data;
        return new(code, result[start..length], result[..start], (int)context.DataEnd - start);
    }

    public void Dispose() => Fd.Dispose();
}

/// <summary>What one program made of one frame. The code is as returned: it may lie above <see cref="XdpAction.Redirect"/>.</summary>
/// <param name="Linear">Bytes of the frame that are in its linear part.</param>
public sealed record KernelRun(uint Code, byte[] Frame, byte[] Metadata, int Linear);
