using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;
using KernelErrno = Chainring.Host.Driver.Peers.Errno;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>
/// bpf_redirect_map: its answers are the kernel's, and frames go to the interfaces that the kernel sends them to; other targets are what the
/// kernel's source says (include/linux/filter.h, __bpf_xdp_redirect_map).
/// </summary>
public sealed class RedirectMapTests
{
    const ulong Broadcast = RedirectFlags.Broadcast, ExcludeIngress = RedirectFlags.ExcludeIngress;

    static IEnumerable<MapType> Types => [MapType.DevMap, MapType.DevMapHash, MapType.CpuMap, MapType.XskMap];

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    static IEnumerable<IKernelTarget> Checking => Targets.Checking;

    /// <summary>Key 0 has an entry, number 1: the loopback device, a queue of one frame, a socket.</summary>
    [Test]
    public void Answers_are_the_kernels([ValueSource(nameof(Types))] MapType type)
    {
        OracleAvailability.Require();
        var flags = Gen.Frequency((3, Gen.ULong[0, 7]), (3, Gen.ULong[0, 31]), (1, Gen.OneOf(32UL, 1UL << 32, ulong.MaxValue)));
        var key = Gen.OneOf(0UL, 0UL, 1UL, 2UL, 4UL, uint.MaxValue, 1UL << 32);
        Gen.Select(key, flags).Array[1, 12].Sample(calls =>
        {
            var results = new MapSpec { Name = "results", Type = MapType.Array, KeySize = 4, ValueSize = 8 * calls.Length, MaxEntries = 1 };
            var program = ProgramText.Program("redirects", string.Join('\n', calls.Select((c, n) =>
                $"{Call(c.Item1, c.Item2)}\nr1 = value(results) + {8 * n}\n*(u64 *)(r1 + 0) = r0")) + "\nr0 = 2\nexit");

            using var theirMap = new KernelMap(Spec(type));
            using var theirResults = new KernelMap(results);
            Assert.That(theirMap.Update(new byte[4], BitConverter.GetBytes(1)), Is.EqualTo(KernelErrno.None));
            using var theirs = new KernelProgram(program, name => name == "targets" ? theirMap : theirResults);
            theirs.Run(new byte[64]);
            var answers = theirResults.Lookup(new byte[4])![0];
            foreach (var target in Targets.All)
            {
                using var card = TestCard.Of(program, [Spec(type), results], target);
                card.Map("targets").UpdateAll(new byte[4], BitConverter.GetBytes(1), UpdateFlags.Any);
                Assert.That(card.Run(new byte[64]).Verdict, Is.EqualTo(new Verdict(XdpAction.Pass)));
                Assert.That(card.Map("results").Entries()[0].Values[0], Is.EqualTo(answers));
            }
        }, iter: 60, threads: 1, print: calls => string.Join('\n', calls.Select(c => $"key {c.Item1} flags 0x{c.Item2:x}")));
    }

    /// <summary>Interfaces 3, 5 and 7 exist, frames come from 3, and key n of the map is interface 2n + 1; key 4 and interface 4 are absent.</summary>
    [Test]
    public void Frames_go_where_the_kernel_sends_them([Values(MapType.DevMap, MapType.DevMapHash)] MapType type)
    {
        OracleAvailability.Require();
        const uint ingress = 3;
        int[] ports = [3, 5, 7];
        var spec = Spec(type) with { MaxEntries = 8 };
        using var namespaces = new KernelPorts(ports);
        using var witness = new RedirectWitness(ports);
        using var theirMap = new KernelMap(spec);
        for (int key = 1; key <= 3; key++) Assert.That(theirMap.Update(BitConverter.GetBytes(key), BitConverter.GetBytes(2 * key + 1)), Is.EqualTo(KernelErrno.None));

        var call = Gen.OneOf(
            Gen.OneOf(0, 3, 4, 5, 7).Select(ifindex => $"r1 = {ifindex}\nr2 = 0\ncall 23"),
            Gen.Select(Gen.OneOf(1UL, 2UL, 3UL, 4UL, 5UL), Gen.OneOf(0UL, 0UL, Broadcast, Broadcast | ExcludeIngress, ExcludeIngress, 32UL), Call));
        call.Array[0, 4].Sample(calls =>
        {
            var program = ProgramText.Program("redirects", string.Join('\n', [.. calls, "r0 = 4", "exit"]));
            using var theirs = new KernelProgram(program, _ => theirMap);
            foreach (var target in Targets.All)
            {
                var ours = new KernelRig(target, [program], [spec]);
                for (int key = 1; key <= 3; key++) ours.Map("targets").UpdateAll(BitConverter.GetBytes(key), BitConverter.GetBytes(2 * key + 1), UpdateFlags.Any);
                var batch = new PacketBatch(1);
                batch.Add(RedirectWitness.Frame).IngressIfindex = ingress;
                ours.Kernel.Run(batch);

                var expected = Interfaces(batch.Frame(0), ours.Map("targets")).CountBy(i => (int)i).ToDictionary(c => c.Key, c => (long)c.Value);
                var sent = witness.Send(theirs, ingress, expected);
                foreach (int port in ports)
                {
                    if (sent[port] != expected.GetValueOrDefault(port)) throw new InvalidOperationException($"port {port}: card {expected.GetValueOrDefault(port)}, kernel {sent[port]}");
                }
            }
        }, iter: 150, threads: 1, print: calls => string.Join("\n\n", calls));
    }

    static IEnumerable<uint> Interfaces(Frame frame, Map map) => frame.Redirect.Kind switch
    {
        RedirectKind.None => [],
        RedirectKind.Interface => [frame.Redirect.Number],
        RedirectKind.Broadcast => Enumerable.Range(0, ((IDevMap)map).Slots).Select(((IDevMap)map).InterfaceAt)
            .Where(i => i != 0 && !(frame.Redirect.ExcludesIngress && i == frame.IngressIfindex)),
        var other => throw new InvalidOperationException($"{other}"),
    };

    [TestCase(MapType.DevMap, RedirectKind.Interface, 7u)]
    [TestCase(MapType.DevMapHash, RedirectKind.Interface, 7u)]
    [TestCase(MapType.CpuMap, RedirectKind.Cpu, 3u)]
    [TestCase(MapType.XskMap, RedirectKind.Socket, 7u)]
    public void A_hit_names_the_target(MapType type, RedirectKind kind, uint number)
    {
        foreach (var target in Backends) Assert.That(Target(target, type, Call(3, 2)), Is.EqualTo(new RedirectTarget(kind, number)));
    }

    [Test]
    public void The_last_call_wins([ValueSource(nameof(Backends))] IKernelTarget target)
    {
        Assert.That(Target(target, MapType.DevMap, $"r1 = 5\nr2 = 0\ncall 23\n{Call(3, 0)}"), Is.EqualTo(RedirectTarget.Interface(7)));
        Assert.That(Target(target, MapType.DevMap, $"{Call(3, 0)}\nr1 = 5\nr2 = 0\ncall 23"), Is.EqualTo(RedirectTarget.Interface(5)));
    }

    [Test]
    public void A_miss_forgets_the_map_but_not_the_index_and_unknown_flags_leave_the_target([ValueSource(nameof(Backends))] IKernelTarget target, [ValueSource(nameof(Types))] MapType type)
    {
        Assert.That(Target(target, type, Call(2, 0)), Is.EqualTo(default(RedirectTarget)));
        Assert.That(Target(target, type, $"{Call(3, 0)}\n{Call(2, 0)}"), Is.EqualTo(RedirectTarget.Interface(3)));
        Assert.That(Target(target, type, $"r1 = 5\nr2 = 0\ncall 23\n{Call(2, 0)}\n{Call(1, 0)}"), Is.EqualTo(RedirectTarget.Interface(5)));
        Assert.That(Target(target, type, $"{Call(3, 0)}\n{Call(2, 4)}").Kind, Is.Not.EqualTo(RedirectKind.None));
    }

    [Test]
    public void A_broadcast_needs_no_key([ValueSource(nameof(Backends))] IKernelTarget target, [Values(MapType.DevMap, MapType.DevMapHash)] MapType type)
    {
        Assert.That(Target(target, type, Call(2, Broadcast)), Is.EqualTo(new RedirectTarget(RedirectKind.Broadcast, 1)));
        Assert.That(Target(target, type, Call(3, Broadcast | ExcludeIngress)), Is.EqualTo(new RedirectTarget(RedirectKind.Broadcast, 1, ExcludesIngress: true)));
        Assert.That(Target(target, type, Call(3, ExcludeIngress)), Is.EqualTo(RedirectTarget.Interface(7)));
    }

    [Test]
    public void Interface_0_is_no_target([ValueSource(nameof(Backends))] IKernelTarget target) =>
        Assert.That(Target(target, MapType.DevMap, $"{Call(3, 0)}\nr1 = 0\nr2 = 0\ncall 23"), Is.EqualTo(default(RedirectTarget)));

    [TestCase("call 2"), TestCase("call 3")]
    public void Programs_cannot_change_a_redirect_map(string call)
    {
        foreach (var target in Checking)
        {
            foreach (var type in Types) Assert.That(Run(target, type, $"{Key}\nr3 = r2\nr4 = 0\n{call}\nr0 = 2\nexit").Verdict.Reason, Is.EqualTo(AbortReason.HelperArgument));
        }
    }

    [TestCase(MapType.DevMap, AbortReason.MapReadOnly), TestCase(MapType.DevMapHash, AbortReason.MapReadOnly), TestCase(MapType.XskMap, AbortReason.MapReadOnly)]
    [TestCase(MapType.CpuMap, AbortReason.HelperArgument)]
    public void Programs_can_read_what_the_kernel_shows_them(MapType type, AbortReason onWrite)
    {
        foreach (var target in type == MapType.CpuMap ? Checking : Backends)
        {
            var read = Run(target, type, $"{Key}\ncall 1\nif r0 == 0 goto out\nr0 = *(u32 *)(r0 + 0)\nr0 += -5\nout:\nexit").Verdict;
            Assert.That(read, Is.EqualTo(type == MapType.CpuMap ? new Verdict(XdpAction.Aborted, AbortReason.HelperArgument) : new Verdict(XdpAction.Pass)));
            if (!target.NeedsProof) Assert.That(Run(target, type, $"{Key}\ncall 1\nif r0 == 0 goto out\n*(u32 *)(r0 + 0) = 1\nout:\nexit").Verdict.Reason, Is.EqualTo(onWrite));
        }
    }

    [Test]
    public void Only_redirect_maps_redirect([ValueSource(nameof(Checking))] IKernelTarget target, [Values(MapType.Array, MapType.Hash, MapType.ProgramArray)] MapType type)
    {
        using var card = TestCard.Of(ProgramText.Program("redirects", $"{Call(0, 2)}\nexit"), [Spec(type)], target, verifies: false);
        Assert.That(card.Run(new byte[64]).Verdict.Reason, Is.EqualTo(AbortReason.HelperArgument));
    }

    [TestCase(MapType.DevMap), TestCase(MapType.DevMapHash)]
    public void A_broadcast_finds_the_interfaces_that_are_there_now(MapType type)
    {
        var map = MapKinds.Create(1, Spec(type), 1).Value;
        void Set(int key, int ifindex) => Assert.That(map.UpdateAll(BitConverter.GetBytes(key), BitConverter.GetBytes(ifindex), UpdateFlags.Any), Is.Zero);
        for (int key = 0; key < 4; key++) Set(key, 10 + key);
        Set(1, 21);
        Set(1, 31);
        map.Delete(BitConverter.GetBytes(2));
        Set(3, 10);
        var found = Enumerable.Range(0, ((IDevMap)map).Slots).Select(((IDevMap)map).InterfaceAt).Where(i => i != 0).Order();
        Assert.That(found, Is.EqualTo(new[] { 10u, 10u, 31u }));
    }

    const string Key = "*(u32 *)(r10 - 4) = 3\nr1 = map(targets)\nr2 = r10\nr2 += -4";

    static string Call(ulong key, ulong flags) => $"r1 = map(targets)\nr2 = 0x{key:x} ll\nr3 = 0x{flags:x} ll\ncall 51";

    static MapSpec Spec(MapType type) => new() { Name = "targets", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 4 };

    static RedirectTarget Target(IKernelTarget backend, MapType type, string text) => Run(backend, type, $"{text}\nr0 = 4\nexit").Redirect;

    /// <summary>Key 3 holds number 7, nothing else is there; the map has id 1.</summary>
    static TestCard.Outcome Run(IKernelTarget backend, MapType type, string text)
    {
        using var card = TestCard.Of(ProgramText.Program("redirects", text), [Spec(type)], backend, verifies: false);
        card.Map("targets").UpdateAll(BitConverter.GetBytes(3), BitConverter.GetBytes(7), UpdateFlags.Any);
        return card.Run(new byte[64]);
    }
}
