using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Kernels.Simd;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Simd;

/// <summary>Runs a program in lanes, beside the interpreter.</summary>
static class LaneRun
{
    /// <summary>What becomes of frames is what the interpreter makes of them; how it was done, and what it is.</summary>
    /// <param name="fill">Puts into maps what they hold.</param>
    public static (LanePlan Plan, IReadOnlyList<Verdict> Verdicts, IReadOnlyList<byte[]> Bytes) EqualsReference(
        ProgramSpec program, int shape, int frames, Func<int, byte[]> frame, IReadOnlyList<MapSpec>? maps = null, Action<KernelRig>? fill = null)
    {
        var rigs = new[] { new KernelRig(Targets.Reference, [program], maps), new KernelRig(new Lanes(LaneShape.Known[shape]), [program], maps) };
        var batches = rigs.Select(rig =>
        {
            fill?.Invoke(rig);
            var batch = new PacketBatch(frames);
            for (int n = 0; n < frames; n++) batch.Add(frame(n));
            byte[][] behind = [.. Enumerable.Range(0, frames).Select(n => Behind(batch, n))];
            rig.Kernel.Run(batch);
            Assert.That(Enumerable.Range(0, frames).Select(n => Behind(batch, n)), Is.EqualTo(behind), "behind frames");
            return batch;
        }).ToList();
        Assert.That(batches[1].Verdicts.ToArray(), Is.EqualTo(batches[0].Verdicts.ToArray()));
        for (int n = 0; n < frames; n++)
        {
            Assert.That(batches[1].Bytes(n).ToArray(), Is.EqualTo(batches[0].Bytes(n).ToArray()), $"frame {n}");
            Assert.That(batches[1].Frame(n).Meta, Is.EqualTo(batches[0].Frame(n).Meta), $"frame {n}");
        }
        var plan = new LanePlan(new ChainDescription(rigs[1].Kernel.Chain, slotsStay: true).Code, LaneShape.Known[shape].Bytes);
        return (plan, [.. batches[1].Verdicts], [.. Enumerable.Range(0, frames).Select(n => batches[1].Bytes(n).ToArray())]);

        static byte[] Behind(PacketBatch batch, int n) => batch.Memory.Buffer(n)[batch.Frame(n).End..].ToArray();
    }

    /// <summary>The backend in vectors of one shape.</summary>
    public sealed class Lanes(LaneShape shape) : IKernelTarget
    {
        public string Name => "simd";

        public string Description => Name;

        public bool NeedsProof => true;

        public IKernel Compile(Chain chain, KernelEnvironment environment) => new SimdKernel(chain, CompiledLanes.Of(chain, shape)!, environment);
    }
}
