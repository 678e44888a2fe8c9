using System.Runtime;
using System.Runtime.CompilerServices;
using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Nic;

/// <summary>A card whose chains are fused in the background: what is installed serves at once, and nobody can tell which form of it did.</summary>
[NonParallelizable]
public sealed class FusionTests
{
    const int Queues = 4;

    [Test]
    public void What_is_installed_serves_at_once_and_is_fused_meanwhile()
    {
        using var held = new ManualResetEventSlim();
        var rig = new Rig(target: new Watched(_ => held.Wait()), fusesLater: true);
        var (programs, table) = rig.Line(3);
        rig.Attach(programs[0], table);
        var quick = rig.Card.Kernel()!;
        Assert.That(quick, Is.Not.InstanceOf<IlKernel>());
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Pass));

        held.Set();
        rig.Card.WaitForFusion();
        Assert.That(rig.Card.Kernel(), Is.InstanceOf<IlKernel>());
        Assert.That(rig.Card.Kernel()!.Chain, Is.SameAs(quick.Chain));
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Pass));
        var totals = rig.Card.Totals();
        Assert.That(programs.Select(p => (totals.Runs(p.Id), totals.Returns(p.Id, XdpAction.Pass))), Is.All.EqualTo((2, 2)), "one before, one after");
        Assert.That(totals.Edges.Values, Is.All.EqualTo(2));
    }

    [Test]
    public void A_chain_that_is_replaced_while_it_is_fused_does_not_come_back_and_the_newest_is_fused_next()
    {
        using ManualResetEventSlim begun = new(), held = new();
        var fused = new List<Chain>();
        var rig = new Rig(fusesLater: true, target: new Watched(chain =>
        {
            fused.Add(chain);
            begun.Set();
            held.Wait();
        }));
        var programs = new[] { rig.Returns(XdpAction.Drop), rig.Returns(XdpAction.Tx), rig.Returns(XdpAction.Pass) };
        rig.Attach(programs[0]);
        begun.Wait();
        rig.Attach(programs[1]);
        rig.Attach(programs[2]);
        held.Set();
        rig.Card.WaitForFusion();
        Assert.That(fused.Select(c => c.Stages[0].Program), Is.EqualTo(new[] { programs[0], programs[2] }), "nobody waits for what is replaced already");
        Assert.That((rig.Card.Kernel(), rig.Card.Kernel()!.Chain), Is.EqualTo((rig.Card.Kernel() as IlKernel, fused[1])));
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Pass));
    }

    [Test]
    public void A_chain_that_is_detached_while_it_is_fused_does_not_come_back()
    {
        using ManualResetEventSlim begun = new(), held = new();
        var rig = new Rig(fusesLater: true, target: new Watched(_ =>
        {
            begun.Set();
            held.Wait();
        }));
        rig.Attach(rig.Returns(XdpAction.Drop));
        begun.Wait();
        rig.Install(InstallRequest.Detach());
        held.Set();
        rig.Card.WaitForFusion();
        Assert.That(rig.Card.Kernel(), Is.Null);
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Pass));
    }

    [Test]
    public void A_bug_of_the_compiler_in_the_background_is_thrown_and_the_chain_serves_on()
    {
        var rig = new Rig(target: new Watched(_ => throw new FormatException("not a compiler")), fusesLater: true);
        rig.Attach(rig.Returns(XdpAction.Tx));
        Assert.That(rig.Card.WaitForFusion, Throws.InvalidOperationException.With.InnerException.TypeOf<FormatException>());
        Assert.That(rig.Card.Totals, Throws.InvalidOperationException.With.InnerException.TypeOf<FormatException>());
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Tx));
    }

    [Test]
    public void Unless_it_is_told_to_a_card_has_the_fused_form_before_an_install_returns()
    {
        int fused = 0;
        var rig = new Rig(target: new Watched(_ => fused++));
        rig.Attach(rig.Returns(XdpAction.Tx));
        Assert.That((fused, rig.Card.Kernel() is IlKernel), Is.EqualTo((1, true)));
    }

    /// <summary>Programs of a version write it into the frame, each into a byte of its own.</summary>
    [Test]
    public void Thousands_of_chains_replaced_under_load_lose_no_frame_mix_no_versions_and_leave_nothing_behind()
    {
        const int versions = 16, changes = 4000, waitEvery = 100;
        const long mostGrowth = 24 << 20;
        var rig = new Rig(new Capabilities { Queues = Queues }, target: new IlTarget(), fusesLater: true);
        var firsts = Enumerable.Range(1, versions).Select(v => rig.Load($"first_{v}", Stamp(0, v, XdpAction.Pass))).ToArray();
        var seconds = Enumerable.Range(1, versions).Select(v => rig.Load($"second_{v}", Stamp(1, v, v % 2 == 0 ? XdpAction.Tx : XdpAction.Drop))).ToArray();
        var tables = firsts.Select((first, n) =>
        {
            var table = rig.Table();
            Rig.Set(table, first, new(0, Pass: seconds[n].Id));
            return table;
        }).ToArray();
        rig.Attach(firsts[0], tables[0]);
        using var wire = new GeneratorWire(new TrafficSpec { Flows = 1000 }, Pacing.Timestamps(10_000_000_000), long.MaxValue);
        var port = new Port(rig.Card, 1, wire, new PortConfig { Queues = Queues, Batch = 8, Pause = true });
        var sink = new Stamps(new VerdictCarrier(rig.Card.Maps, port));
        long settled = 0, grown;
        using (var live = new LiveCard(Queues, sink, port))
        {
            live.Start();
            for (int n = 1; n <= changes; n++)
            {
                rig.Attach(firsts[n % versions], tables[n % versions]);
                if (n % waitEvery != 0) continue;
                rig.Card.WaitForFusion();
                Assert.That(rig.Card.Kernel(), Is.InstanceOf<IlKernel>());
                if (n == changes / 4) settled = Memory();
            }
            grown = Memory() - settled;
            live.Stop();
        }
        var totals = rig.Card.Totals();
        long finished = port.Queues.Sum(q => Enum.GetValues<XdpAction>().Sum(q.Verdicts));
        TestContext.Out.WriteLine($"{finished:N0} frames, {changes:N0} changes, {sink.Versions} versions seen, memory grew by {grown / 1024:N0} KiB");
        Assert.That(sink.Mixed, Is.Zero);
        Assert.That(sink.Versions, Is.EqualTo(versions), "all of them have served");
        Assert.That((finished, port.Missed(MissReason.RingFull)), Is.EqualTo((port.RxFrames, 0)));
        Assert.That((firsts.Sum(p => totals.Runs(p.Id)), seconds.Sum(p => totals.Runs(p.Id)), totals.Edges.Values.Sum()), Is.EqualTo((finished, finished, finished)));
        Assert.That(Conservation.Broken(rig.Card, [port], carried: true), Is.Null);
        Assert.That(grown, Is.LessThan(mostGrowth));
    }

    /// <summary>New programs every time, so that there is new code every time.</summary>
    [Test]
    public void Code_goes_with_the_chain_that_it_was_compiled_for()
    {
        var rig = new Rig(target: new IlTarget(), fusesLater: true);
        var code = new List<WeakReference>();
        for (int n = 0; n < 50; n++) RunOnce(rig, n, code);
        Assert.That(code.Count, Is.GreaterThanOrEqualTo(3 * 50));
        _ = Memory();
        Assert.That(code.Count(c => c.IsAlive), Is.Zero);
    }

    /// <summary>Not even the first: what can be compiled is compiled before it is published.</summary>
    [Test]
    public void A_frame_never_waits_for_the_compiler([Values] bool fused)
    {
        long compiled = 0;
        // The second time everything that is not the chain's own has run.
        for (int n = 1; n <= 2; n++)
        {
            var rig = new Rig(target: new IlTarget(), fusesLater: !fused);
            var (first, second, table) = (rig.Load("first", Stamp(0, n, XdpAction.Pass)), rig.Load("second", Stamp(1, n, XdpAction.Tx)), rig.Table());
            Rig.Set(table, first, new(0, Pass: second.Id));
            rig.Attach(first, table);
            var kernel = rig.Card.Kernel()!;
            Assert.That(kernel is IlKernel, Is.EqualTo(fused));
            var batch = new PacketBatch(1);
            batch.Add(Rig.Frame);
            compiled = JitInfo.GetCompiledMethodCount(currentThread: true);
            kernel.Run(batch);
            compiled = JitInfo.GetCompiledMethodCount(currentThread: true) - compiled;
            Assert.That(batch.Verdicts[0].Action, Is.EqualTo(XdpAction.Tx));
        }
        Assert.That(compiled, Is.Zero);
    }

    /// <summary>Installs a chain, runs both its forms, takes it away, and notes the code of each.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void RunOnce(Rig rig, int n, List<WeakReference> code)
    {
        var (first, second, table) = (rig.Load("first", Stamp(0, n, XdpAction.Pass)), rig.Load("second", Stamp(1, n, XdpAction.Tx)), rig.Table());
        Rig.Set(table, first, new(0, Pass: second.Id));
        rig.Attach(first, table);
        rig.Run();
        rig.Card.WaitForFusion();
        Assert.That(rig.Run().Action, Is.EqualTo(XdpAction.Tx));
        code.AddRange(((IlKernel)rig.Card.Kernel()!).Compiled.Code.Methods.Select(m => new WeakReference(m)));
        foreach (var program in new[] { first, second }) code.AddRange(CompiledChain.Of(program).Code.Methods.Select(m => new WeakReference(m)));
        rig.Card.Remove(table);
        rig.Install(InstallRequest.Detach());
        foreach (var program in new[] { first, second }) rig.Card.Release(program);
    }

    static string Stamp(int at, int version, XdpAction code) => $"""
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)
        r4 = r2
        r4 += 14
        if r4 > r3 goto out
        *(u8 *)(r2 + {at}) = {version}
        r0 = {(int)code}
        exit
        out:
        r0 = 0
        exit
        """;

    static long Memory()
    {
        for (int n = 0; n < 3; n++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>Backend il, which tells of each chain that it is to fuse before it does.</summary>
    sealed class Watched(Action<Chain> beforeFusing) : IKernelTarget
    {
        readonly IlTarget _il = new();

        public string Name => "watched";

        public string Description => _il.Description;

        public bool NeedsProof => true;

        public bool Fuses => true;

        public IKernel Compile(Chain chain, KernelEnvironment environment)
        {
            beforeFusing(chain);
            return _il.Compile(chain, environment);
        }

        public IKernel CompileStageByStage(Chain chain, KernelEnvironment environment) => _il.CompileStageByStage(chain, environment);
    }

    /// <summary>Notes batches in which not every frame has the stamps of one version.</summary>
    sealed class Stamps(IFrameSink next) : IFrameSink
    {
        readonly int[] _seen = new int[256];
        int _mixed;

        public int Mixed => _mixed;

        public int Versions => _seen.Sum();

        public void Finished(PacketBatch batch)
        {
            byte version = batch.Bytes(0)[0];
            _seen[version] = 1;
            for (int n = 0; n < batch.Count; n++)
            {
                var bytes = batch.Bytes(n);
                if (bytes[0] != version || bytes[1] != version) Interlocked.Increment(ref _mixed);
            }
            next.Finished(batch);
        }

        public void Missed(in WireFrame frame, long index, MissReason reason) => next.Missed(frame, index, reason);
    }
}
