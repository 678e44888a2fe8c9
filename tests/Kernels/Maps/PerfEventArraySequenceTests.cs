using Chainring.Host.Driver.Peers;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>
/// Perf event arrays and ring buffers from the host, which has nothing to read or write there: the same random commands here and in the kernel. What programs do with them
/// is in <see cref="Helpers.EventTests"/>.
/// </summary>
public sealed class PerfEventArraySequenceTests
{
    const int Update = 0, Delete = 1, Lookup = 2, LookupAndDelete = 3, Freeze = 4;

    static readonly Gen<ulong> Flags = Gen.Frequency((6, Gen.Const(0UL)), (2, Gen.OneOf(1UL, 2UL)), (1, Gen.OneOf(3UL, 4UL, 8UL, 1UL << 32)));

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    /// <summary>No number is the descriptor of an event, and none is set: the card's listeners are not the host's to see.</summary>
    [Test]
    public void A_perf_event_array_from_the_host([Values(1, 4, 300)] int entries) =>
        Sequence(SomeMap.Of(MapType.PerfEventArray, entries: entries), Gen.Frequency((9, Gen.Int[Update, LookupAndDelete]), (1, Gen.Const(Freeze))));

    /// <summary>It cannot be frozen in the kernel while its reader may write it.</summary>
    [Test]
    public void A_ring_buffer_from_the_host() => Sequence(SomeMap.Of(MapType.RingBuffer), Gen.Int[Update, LookupAndDelete]);

    static void Sequence(MapSpec spec, Gen<int> acts) => Gen.Select(acts, Gen.OneOf(Gen.Int[0, 5], Gen.OneOf(299, 300, -1, int.MaxValue)), Flags).Array[1, 12].Sample(steps =>
    {
        var ours = MapKinds.Create(1, spec, CpuPin.Possible).Value;
        using var theirs = new KernelMap(spec);
        foreach (var (act, number, flags) in steps)
        {
            byte[] key = spec.KeySize == 0 ? [] : BitConverter.GetBytes(number), value = BitConverter.GetBytes(-1);
            int left = act switch
            {
                Update => MapCommands.Update(ours, key, value, flags),
                Delete => MapCommands.Delete(ours, key),
                Lookup => MapCommands.Lookup(ours, key, value),
                LookupAndDelete => MapCommands.LookupAndDelete(ours, key, value),
                _ => MapCommands.Freeze(ours),
            };
            int right = -(int)(act switch
            {
                Update => Bpf.Update(theirs.Fd, key, value, flags),
                Delete => Bpf.Delete(theirs.Fd, key),
                Lookup => Bpf.Lookup(theirs.Fd, key, value),
                LookupAndDelete => Bpf.LookupAndDelete(theirs.Fd, key, value),
                _ => Bpf.TryFreeze(theirs.Fd),
            });
            if (left != right) throw new InvalidOperationException($"command {act} key {number} flags 0x{flags:x}: card {left}, kernel {right}");
        }
        Assert.That(ours.Entries(), Is.Empty);
    }, iter: 200, threads: 1, print: steps => string.Join('\n', steps.Select(s => $"command {s.Item1} key {s.Item2} flags 0x{s.Item3:x}")));
}
