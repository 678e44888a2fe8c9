using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>The chain rules, replayed over the kernel: which program runs next, what it is handed, which maps it sees.</summary>
public sealed class ChainTests
{
    const string AddOne = """
        r6 = r1
        *(u32 *)(r10 - 4) = 0
        r1 = map(count)
        r2 = r10
        r2 += -4
        call 1
        if r0 == 0 goto out
        r1 = 1
        lock *(u64 *)(r0 + 0) += r1
        out:
        """;

    static readonly MapSpec Count = new() { Name = "count", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };
    static readonly MapSpec Next = new() { Name = "next", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 2 };

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [TestCase(0, XdpAction.Aborted, "0", TestName = "Aborted ends the chain in spite of a wildcard")]
    [TestCase(1, XdpAction.Tx, "0 1", TestName = "An explicit edge is followed")]
    [TestCase(2, XdpAction.Drop, "0 2", TestName = "The wildcard is followed where there is no explicit edge")]
    [TestCase(7, XdpAction.Aborted, "0", TestName = "A code above redirect is aborted")]
    [TestCase(-1, XdpAction.Aborted, "0", TestName = "Even the largest code is aborted")]
    public void Edges(int code, XdpAction verdict, string ran) =>
        Check([Returns("a", code), Returns("b", 3), Returns("c", 1)], [new(0, XdpAction.Drop, 1), new(0, null, 2)], verdict, ran);

    [TestCase(0), TestCase(9)]
    public void An_aborted_edge_is_followed(int code) =>
        Check([Returns("a", code), Returns("b", 2)], [new(0, XdpAction.Aborted, 1)], XdpAction.Pass, "0 1");

    [Test]
    public void The_code_of_a_step_is_as_returned()
    {
        using var chain = new KernelChain(Chain([Returns("a", 9)], []));
        Assert.That(chain.Run(Ask.Frame(64)).Steps, Is.EqualTo(new ChainStep[] { new(0, 9) }));
    }

    [TestCase(32, XdpAction.Pass, 32), TestCase(33, XdpAction.Aborted, 32)]
    public void At_most_32_programs_run(int members, XdpAction verdict, int steps)
    {
        var edges = Enumerable.Range(0, members - 1).Select(at => new ChainEdge(at, XdpAction.Pass, at + 1));
        using var chain = new KernelChain(Chain([.. Enumerable.Range(0, members).Select(i => Returns($"p{i}", 2))], [.. edges]));
        var run = chain.Run(Ask.Frame(64));
        Assert.That((run.Verdict, run.Steps.Count), Is.EqualTo((verdict, steps)));
    }

    [TestCase(1, XdpAction.Drop, TestName = "An earlier program that ends the chain keeps its code")]
    [TestCase(2, XdpAction.Pass, TestName = "A code of the last program becomes pass")]
    public void Pass_at_end(int first, XdpAction verdict)
    {
        var spec = Chain([Returns("a", first), Returns("b", 1)], [new(0, XdpAction.Pass, 1)]);
        ChainMember last = spec.Members[1] with { PassAtEnd = 1 << (int)XdpAction.Drop };
        using var chain = new KernelChain(spec with { Members = [spec.Members[0], last] });
        Assert.That(chain.Run(Ask.Frame(64)).Verdict, Is.EqualTo(verdict));
    }

    [Test]
    public void Packet_and_metadata_are_handed_on()
    {
        var write = ProgramText.Program("write", """
            r6 = r1
            r2 = -4
            call 54
            r1 = *(u32 *)(r6 + 8)
            r2 = *(u32 *)(r6 + 0)
            r3 = r1
            r3 += 4
            if r3 > r2 goto out
            *(u32 *)(r1 + 0) = 0x04030201
            out:
            r1 = r6
            r2 = 8
            call 44
            r0 = 2
            exit
            """);
        var read = ProgramText.Program("read", """
            r3 = *(u32 *)(r1 + 4)
            r2 = *(u32 *)(r1 + 0)
            r1 = *(u32 *)(r1 + 8)
            r4 = r1
            r4 += 4
            if r4 > r2 goto out
            r5 = *(u32 *)(r1 + 0)
            r4 = r2
            r4 += 4
            if r4 > r3 goto out
            *(u32 *)(r2 + 0) = r5
            r0 = 3
            exit
            out:
            r0 = 0
            exit
            """);
        using var chain = new KernelChain(Chain([Object(write), Object(read)], [new(0, XdpAction.Pass, 1)]));
        var run = chain.Run(Ask.Frame(64));
        Assert.That(run.Verdict, Is.EqualTo(XdpAction.Tx));
        Assert.That(run.Metadata, Is.EqualTo(new byte[] { 1, 2, 3, 4 }));
        Assert.That(run.Frame, Is.EqualTo((byte[])[1, 2, 3, 4, .. Ask.Frame(64)[12..]]));
    }

    [Test]
    public void Maps_are_one_set_for_each_object([Values] bool pinned)
    {
        var count = Count with { PinnedByName = pinned };
        var counter = ProgramText.Program("counter", $"{AddOne}\nr0 = 2\nexit");
        ObjectSpec shared = Object([count], counter), other = Object([count], counter);
        var spec = new ChainSpec
        {
            Name = "maps",
            Members = [new("a", shared, counter), new("b", shared, counter), new("c", other, counter)],
            Entry = 0,
            Edges = [new(0, XdpAction.Pass, 1), new(1, XdpAction.Pass, 2)],
        };
        using var chain = new KernelChain(spec);
        chain.Run(Ask.Frame(64));
        Assert.That(new[] { "a", "b", "c" }.Select(alias => (int)chain.Map(alias, "count").Lookup(new byte[4])![0][0]),
            Is.EqualTo(pinned ? new[] { 3, 3, 3 } : [2, 2, 1]));
    }

    [Test]
    public void Entries_are_set_before_the_first_frame()
    {
        var counter = ProgramText.Program("counter", $"{AddOne}\nr0 = 2\nexit");
        var spec = Chain([Object([Count], counter)], []) with { MapEntries = [new(null, "count", "00000000", "0a00000000000000", "test")] };
        using var chain = new KernelChain(spec);
        chain.Run(Ask.Frame(64));
        Assert.That(chain.Map("a", "count").Lookup(new byte[4])![0][0], Is.EqualTo(11));
    }

    [TestCase(0, XdpAction.Tx, TestName = "A filled slot is jumped to")]
    [TestCase(1, XdpAction.Drop, TestName = "An empty slot falls through")]
    [TestCase(2, XdpAction.Drop, TestName = "A slot beyond the array falls through")]
    [TestCase(-1, XdpAction.Drop, TestName = "A negative slot falls through")]
    public void Tail_call(int slot, XdpAction verdict)
    {
        var main = ProgramText.Program("main", $"r2 = map(next)\nr3 = {slot}\ncall 12\nr0 = 1\nexit");
        var target = ProgramText.Program("target", "r0 = 3\nexit");
        var source = Object([Next], main, target);
        var spec = ChainSpec.Single(source, main) with { MapEntries = [new("main", "next", "00000000", "target", "test")] };
        using var chain = new KernelChain(spec);
        Assert.That(chain.Run(Ask.Frame(64)).Verdict, Is.EqualTo(verdict));
        Assert.That(chain.Map("main", "next").Entries().Single().Values[0], Is.EqualTo("target"u8.ToArray()));
    }

    [Test]
    public void A_program_runs_34_times_when_it_tail_calls_itself()
    {
        var main = ProgramText.Program("main", $"{AddOne}\nr1 = r6\nr2 = map(next)\nr3 = 0\ncall 12\nr0 = 1\nexit");
        var source = Object([Next, Count], main);
        var spec = ChainSpec.Single(source, main) with { MapEntries = [new("main", "next", "00000000", "main", "test")] };
        using var chain = new KernelChain(spec);
        Assert.That(chain.Run(Ask.Frame(64)).Verdict, Is.EqualTo(XdpAction.Drop));
        Assert.That(chain.Map("main", "count").Lookup(new byte[4])![0][0], Is.EqualTo(34));
    }

    [Test]
    public void Programs_with_and_without_frags_cannot_share_a_prog_array()
    {
        var main = ProgramText.Program("main", "r2 = map(next)\nr3 = 0\ncall 12\nr0 = 1\nexit");
        var target = ProgramText.Program("target", "r0 = 3\nexit", "xdp.frags");
        var spec = ChainSpec.Single(Object([Next], main, target), main) with { MapEntries = [new("main", "next", "00000000", "target", "test")] };
        Assert.That(() => new KernelChain(spec), RunTests.Refuses(Errno.EINVAL));
    }

    [Test]
    public void Programs_with_and_without_frags_cannot_use_the_same_prog_array()
    {
        const string text = "r2 = map(next)\nr3 = 0\ncall 12\nr0 = 1\nexit";
        ProgramSpec[] programs = [ProgramText.Program("plain", text), ProgramText.Program("frags", text, "xdp.frags")];
        var source = Object([Next], programs);
        var spec = new ChainSpec { Name = "both", Members = [.. programs.Select(p => new ChainMember(p.Name, source, p))], Entry = 0, Edges = [] };
        Assert.That(() => new KernelChain(spec), RunTests.Refuses(Errno.EINVAL));
    }

    static void Check(ObjectSpec[] objects, ChainEdge[] edges, XdpAction verdict, string ran)
    {
        using var chain = new KernelChain(Chain(objects, edges));
        var run = chain.Run(Ask.Frame(64));
        Assert.That((run.Verdict, string.Join(' ', run.Steps.Select(s => s.Member))), Is.EqualTo((verdict, ran)));
    }

    static ChainSpec Chain(ObjectSpec[] objects, ChainEdge[] edges) => new()
    {
        Name = "test",
        Members = [.. objects.Select((o, at) => new ChainMember($"{(char)('a' + at)}", o, o.Programs[0]))],
        Entry = 0,
        Edges = edges,
    };

    static ObjectSpec Returns(string name, int code) => Object(ProgramText.Program(name, $"r0 = {code}\nexit"));

    static ObjectSpec Object(ProgramSpec program) => Object([], program);

    static ObjectSpec Object(MapSpec[] maps, params ProgramSpec[] programs) =>
        new() { Name = "test.o", License = "GPL", Programs = programs, Maps = maps };
}
