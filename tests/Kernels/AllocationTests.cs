using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels;

/// <summary>The packet path allocates nothing, whatever happens on it; nor where it is asked which programs ran, for which compiled chains run program by program.</summary>
public sealed class AllocationTests
{
    const int Rounds = 200;

    static IEnumerable<IKernelTarget> Backends => Targets.All;

    static IEnumerable<IKernelTarget> Checking => Targets.Checking;

    [Test]
    public void A_chain_with_maps_allocates_nothing([ValueSource(nameof(Backends))] IKernelTarget target, [Values] bool notesPaths)
    {
        using var card = new TestCard(ChainFile.Load(TestData.FromRoot("examples", "firewall-then-count.yaml")).Value, target);
        var frames = Captures.Frames("64-bytes-10-flows").Frames;
        var batch = Batch(frames.Count, notesPaths);
        foreach (byte[] frame in frames) batch.Add(frame);

        Assert.That(BytesFor(card.Card.Kernel()!, batch), Is.Zero);
        if (notesPaths) Assert.That(batch.Paths!.Of(frames.Count - 1).ToArray(), Is.EqualTo(card.Chain.Members.Select(p => p.Id)), "and the path is noted");
        Assert.That(card.Map("by_protocol").Entries().Any(e => e.Values[0].Any(b => b != 0)), "the chain reached its last map");
    }

    /// <summary>Routes looked up, functions called back, locks taken: objects whose helpers have most to do.</summary>
    [Test]
    public void Helpers_allocate_nothing([ValueSource(nameof(Backends))] IKernelTarget target, [Values("fib-router", "loop-options", "locked-bucket", "text-payload", "dynptr-parser", "dynptr-windows")] string name,
        [Values] bool notesPaths)
    {
        using var card = new TestCard(ChainFile.Load(TestData.Path("objects", $"{name}.yaml")).Value, target);
        var around = CardFile.Load(TestData.Path("objects", "cards", "fib-router.yaml")).Value;
        foreach (var port in around.Ports) card.Card.Network.Add(new(port.Ifindex, port.Config.Mtu, 0) { Addresses = port.Config.Addresses });
        card.Card.Network.Set(around.Routes, around.Neighbours);
        var frames = Captures.Frames("real-tcp-http-ipv4").Frames.Take(5).ToList();
        var batch = Batch(frames.Count, notesPaths);
        foreach (byte[] frame in frames) batch.Add(frame).IngressIfindex = around.Ports[0].Ifindex;
        Assert.That(Allocations.Of(() => card.Card.Kernel()!.Run(batch)), Is.Zero);
    }

    /// <summary>Sockets looked up, read and released, cookies made and checked.</summary>
    [Test]
    public void Sockets_and_cookies_allocate_nothing(
        [ValueSource(nameof(Backends))] IKernelTarget target, [Values("socket-filter", "listener-cookies", "raw-cookies", "syn-proxy")] string name, [Values] bool notesPaths)
    {
        using var card = new TestCard(ChainFile.Load(TestData.Path("objects", $"{name}.yaml")).Value, target);
        var around = CardFile.Load(TestData.Path("objects", "cards", name == "socket-filter" ? "socket-filter.yaml" : "listener-cookies.yaml")).Value;
        card.Card.Network.Set(around.InetSockets, around.SynCookies);
        var frames = Captures.Frames("real-tcp-http-ipv4").Frames.Concat(Captures.Frames("real-dns-over-udp-and-tcp").Frames).ToList();
        var batch = Batch(frames.Count, notesPaths);
        foreach (byte[] frame in frames) batch.Add(frame).IngressIfindex = around.Ports[0].Ifindex;
        Assert.That(Allocations.Of(() => card.Card.Kernel()!.Run(batch)), Is.Zero);
    }

    [Test]
    public void Every_kind_of_map_and_event_allocates_nothing(
        [ValueSource(nameof(Backends))] IKernelTarget target,
        [Values("lpm-acl", "tenant-counters", "port-pool", "ring-sampler", "perf-capture", "bloom-prefilter", "percpu-lru-flows", "record-log", "flow-expiry", "log-line")] string chain,
        [Values] bool notesPaths)
    {
        using var card = new TestCard(ChainFile.Load(TestData.Path("objects", $"{chain}.yaml")).Value, target);
        var frames = Captures.Frames("all-protocols").Frames.Where(f => f.Length is >= Frame.MinLength and <= Frame.MaxLength).ToList();
        var batch = Batch(frames.Count, notesPaths);
        foreach (byte[] frame in frames) batch.Add(frame);
        Assert.That(BytesFor(card.Card.Kernel()!, batch), Is.Zero);
    }

    [Test]
    public void Frames_with_fragments_allocate_nothing(
        [ValueSource(nameof(Backends))] IKernelTarget target, [Values("frags-bytes", "frags-tail", "frags-head", "frags-filter", "frags-capture")] string chain, [Values] bool notesPaths)
    {
        using var card = new TestCard(ChainFile.Load(TestData.Path("objects", $"{chain}.yaml")).Value, target);
        byte[][] frames = [.. new[] { 3521, 5001, 7617, 8192, 9022 }.Select(length => new byte[length])];
        var batch = Batch(frames.Length, notesPaths, frames[^1].Length);
        Assert.That(Allocations.Of(() =>
        {
            batch.Clear();
            foreach (byte[] frame in frames) batch.Add(frame);
            card.Card.Kernel()!.Run(batch);
        }), Is.Zero);
        Assert.That(batch.Verdicts.ToArray().Select(v => v.Action), Has.None.EqualTo(XdpAction.Aborted));
    }

    [TestCaseSource(nameof(Checking))]
    public void An_aborted_frame_allocates_nothing(IKernelTarget target)
    {
        var rig = new KernelRig(target, [ProgramText.Program("bad", "r0 = *(u64 *)(r10 + 0)\nexit")]);
        Assert.That(BytesFor(rig.Kernel, KernelRig.Batch()), Is.Zero);
    }

    [TestCaseSource(nameof(Backends))]
    public void Maps_that_another_queue_changes_allocate_nothing(IKernelTarget target)
    {
        MapSpec[] maps = [.. new[] { MapType.Hash, MapType.PerCpuHash, MapType.LruHash }.Select(type =>
            new MapSpec { Name = $"{type}", Type = type, KeySize = 4, ValueSize = 8, MaxEntries = 2 })];
        var rig = new KernelRig(target, [ProgramText.Program("changes", string.Join('\n', [.. maps.Select(Changes), "r0 = 2", "exit"]))], maps, cpus: 2);
        var (batch, other, beside) = (KernelRig.Batch(), KernelRig.Batch(), rig.KernelOf(1));
        long bytes = -1;
        Race.Run([() => bytes = BytesFor(rig.Kernel, batch)], () => beside.Run(other));
        Assert.That(bytes, Is.Zero);

        static string Changes(MapSpec map) => string.Join('\n', new[] { 1, 2, 1, 3 }.Select((helper, n) => $"""
            *(u32 *)(r10 - 4) = {n / 2}
            *(u64 *)(r10 - 16) = 1
            r1 = map({map.Name})
            r2 = r10
            r2 += -4
            r3 = r10
            r3 += -16
            r4 = 0
            call {helper}
            r1 = 1
            lock *(u64 *)(r10 - 16) += r1
            """));
    }

    static PacketBatch Batch(int capacity, bool notesPaths, int longestFrame = Frame.MaxLength) =>
        new(capacity, longestFrame) { Paths = notesPaths ? new FramePaths(capacity) : null };

    static long BytesFor(IKernel kernel, PacketBatch batch) => Allocations.Of(() =>
    {
        for (int round = 0; round < Rounds; round++) kernel.Run(batch);
    });
}
