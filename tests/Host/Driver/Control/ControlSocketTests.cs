using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Chainring.Host.Driver.Control;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Control;

/// <summary>Who may speak to a running card, and what becomes of what they say.</summary>
[Platform("Linux"), SupportedOSPlatform("linux")]
public sealed partial class ControlSocketTests
{
    const string Counting = "programs: { counter: { object: counter.o } }";
    const uint Nobody = 65534;

    static byte[] Line(string text) => [.. Encoding.UTF8.GetBytes(text), (byte)'\n'];

    static Socket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    /// <summary>Sends bytes and reads until the card closes, or has given as many answers.</summary>
    static string Say(string path, byte[] bytes, int answers = int.MaxValue)
    {
        using var socket = Connect(path);
        var said = new List<byte>();
        var chunk = new byte[4096];
        try
        {
            socket.Send(bytes);
            if (answers == int.MaxValue) socket.Shutdown(SocketShutdown.Send);
            while (said.Count(b => b == '\n') < answers && socket.Receive(chunk) is > 0 and var read) said.AddRange(chunk[..read]);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // It had enough before everything was sent.
        }
        return Encoding.UTF8.GetString([.. said]);
    }

    [Test]
    public void The_socket_is_its_owners_alone_from_the_start_and_gone_at_the_end()
    {
        const int none = 0;
        int before = umask(none);
        try
        {
            string path;
            using (var card = new ControlledCard(ControlledCard.Silence, ControlledCard.Chain(Counting)))
            {
                path = card.Path;
                Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
                File.Move(path, path + "2");
                File.Move(path + "2", path);
            }
            Assert.That(File.Exists(path), Is.False);
        }
        finally
        {
            _ = umask(before);
        }
    }

    [Test]
    public void Another_user_is_refused_by_the_file_and_if_that_lets_him_by_the_card()
    {
        if (geteuid() != 0) Assert.Ignore("to be another user needs root");
        using var card = new ControlledCard(ControlledCard.Silence, ControlledCard.Chain(Counting));
        File.SetUnixFileMode(card.Folder, (UnixFileMode)0b111_101_101);
        Assert.That(As(Nobody, () => SaysWhy(() => Connect(card.Path))), Is.EqualTo(SocketError.AccessDenied.ToString()));
        File.SetUnixFileMode(card.Path, (UnixFileMode)0b110_110_110);
        Assert.That(As(Nobody, () => Say(card.Path, Line("""{"chainring":1,"command":"status"}"""))), Is.Empty);
        Assert.That(Say(card.Path, Line("""{"chainring":1,"command":"status"}""")), Does.StartWith("""{"chainring":1,"ok":true,"result":{"backend":"interpreter","ports":[{"name":"eth0","""));

        static string SaysWhy(Func<Socket> connect)
        {
            try
            {
                using var socket = connect();
                return "connected";
            }
            catch (SocketException e)
            {
                return e.SocketErrorCode.ToString();
            }
        }
    }

    /// <summary>Runs something on a thread that is another user; glibc would change every thread.</summary>
    static string As(uint user, Func<string> function)
    {
        const long setResUid = 117;
        string result = "";
        var thread = new Thread(() => result = syscall(setResUid, user, user, user) == 0 ? function() : "cannot be another user");
        thread.Start();
        thread.Join();
        return result;
    }

    [Test]
    public void A_socket_that_was_left_behind_is_replaced_and_one_that_is_in_use_is_not()
    {
        using var work = new Chainring.Tests.Host.Cli.Workspace();
        string path = work.PathOf("s");
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(path + "1"));
            File.Move(path + "1", path);
        }
        Assert.That(() => Connect(path), Throws.TypeOf<SocketException>());
        using (ControlSocket.Listen(path).Value)
        {
            Assert.That(ControlSocket.Listen(path).Problem?.Id, Is.EqualTo("N06"));
            using var _ = Connect(path);
        }
        ControlSocket.Listen(path).Value.Dispose();
        work.Write("file", "mine");
        Assert.That(ControlSocket.Listen(work.PathOf("file")).Problem?.Sentence, Does.EndWith("there is something that is no socket"));
        Assert.That(work.Text("file"), Is.EqualTo("mine"));
        Assert.That(ControlSocket.Listen(work.PathOf(new string('x', 200))).Problem?.Id, Is.EqualTo("N07"));
        Assert.That(ControlSocket.Listen(work.PathOf("nowhere/s")).Problem?.Id, Is.EqualTo("N07"));
    }

    [Test]
    public void Two_clients_change_the_chain_at_once_and_no_frame_and_no_change_is_lost()
    {
        const int rounds = 40;
        using var card = new ControlledCard(ControlledCard.Traffic, ControlledCard.Chain(Counting));
        Assert.That(() => card.Session.Report().Programs[0].Runs, Is.Positive.After(10_000, 5));
        uint id = card.Session.Report().Programs[0].Id;
        var problems = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.ForEach(new[] { "one", "two" }, stage =>
        {
            for (int n = 0; n < rounds; n++)
            {
                foreach (var request in new[]
                {
                    ControlledCard.Request("chain-insert") with { Stage = stage, Object = TestData.FromRoot("examples", "pass.o"), After = "counter" },
                    ControlledCard.Request("map-update") with { Name = "by_protocol", Key = "ff000000", Value = new string('0', 32) },
                    ControlledCard.Request("chain-remove") with { Stage = stage },
                })
                {
                    if (card.Ask(request).Problem is { } problem) problems.Add(problem.Sentence);
                }
                if (n % 10 == 0 && stage == "one" && card.Session.Edit(spec => spec) is { } refused) problems.Add(refused.Sentence);
            }
        });
        Assert.That(problems, Is.Empty);
        Assert.That(card.Session.Revision, Is.EqualTo(1UL + 2 * 2 * rounds + rounds / 10));
        var report = card.Session.Stop();
        Assert.That(report.Drops, Is.Empty);
        Assert.That(report.Programs.Select(p => (p.Name, p.Id, p.Runs)), Is.EqualTo(new[] { ("counter", id, report.Frames.Received) }), "the program that stayed has counted every frame");
        Assert.That(report.Outcomes["pass"], Is.EqualTo(report.Frames.Received));
    }

    [Test]
    public void A_change_that_expects_another_revision_is_refused_and_nothing_is_changed()
    {
        using var card = new ControlledCard(ControlledCard.Silence, ControlledCard.Chain(Counting));
        var insert = ControlledCard.Request("chain-insert") with { Stage = "x", Object = TestData.FromRoot("examples", "pass.o"), Before = "counter" };
        Assert.That(ControlProtocol.Read<ChangedView>(card.Ask(insert with { ExpectedRevision = 1 }).Value).Revision, Is.EqualTo(2));
        string before = card.Ask(ControlledCard.Request("chain-show")).Value.GetRawText();
        string file = TestData.FromRoot("examples", "firewall-then-count.yaml");
        foreach (var request in new[]
        {
            insert with { Stage = "y" }, ControlledCard.Request("chain-remove") with { Stage = "x" }, ControlledCard.Request("chain-set") with { File = file },
            ControlledCard.Request("chain-replace") with { Stage = "x", Object = insert.Object }, ControlledCard.Request("unload") with { Ports = ["eth0", "eth1"], All = true },
            ControlledCard.Request("load") with { Ports = ["eth0", "eth1"], Object = insert.Object },
        })
        {
            var problem = card.Ask(request with { ExpectedRevision = 1 }).Problem;
            Assert.That((problem?.Id, problem?.Sentence), Is.EqualTo(("C24", "the chain table is at revision 2, not 1 as expected: Stale file handle (ESTALE)")), request.Command);
        }
        Assert.That(card.Ask(ControlledCard.Request("chain-show")).Value.GetRawText(), Is.EqualTo(before));
        Assert.That(ControlProtocol.Read<ChangedView>(card.Ask(ControlledCard.Request("chain-set") with { File = file, ExpectedRevision = 2 }).Value).Revision, Is.EqualTo(3));
    }

    static IEnumerable<TestCaseData> Wrong()
    {
        string pass = TestData.FromRoot("examples", "pass.o");
        yield return Case("N01", "");
        yield return Case("N01", "null");
        yield return Case("N01", "{}");
        yield return Case("N01", "\ud83d{");
        yield return Case("N01", """{"chainring":1,"command":"status","colour":"red"}""");
        yield return Case("N01", """{"chainring":1,"command":null}""");
        yield return Case("N01", """{"chainring":1,"command":"\ud800"}""");
        yield return Case("N01", """{"chainring":1,"command":"unload","ports":[null],"all":true}""");
        yield return Case("N01", """{"chainring":1,"command":"load","ports":["eth0","eth1"],"object":"/x","actions":[null]}""");
        yield return Case("N01", new string('[', 10_000));
        yield return Case("N02", """{"chainring":2,"command":"status"}""");
        yield return Case("N03", """{"chainring":1,"command":"reboot"}""");
        yield return Case("N04", """{"chainring":1,"command":"map-dump"}""");
        yield return Case("N04", """{"chainring":1,"command":"chain-insert","stage":"x"}""");
        yield return Case("N04", """{"chainring":1,"command":"chain-insert","stage":"x","before":"counter","after":"counter"}""");
        yield return Case("N04", """{"chainring":1,"command":"unload","ports":["eth0","eth1"],"id":1,"all":true}""");
        yield return Case("N05", """{"chainring":1,"command":"chain-set","file":"chain.yaml"}""");
        yield return Case("N05", """{"chainring":1,"command":"chain-set","file":"/a\u0000b"}""");
        yield return Case("L03", """{"chainring":1,"command":"chain-replace","stage":"counter","object":"/nothing.o"}""", "L");
        yield return Case("N20", """{"chainring":1,"command":"unload","ports":["eth7"],"all":true}""");
        yield return Case("N21", """{"chainring":1,"command":"unload","ports":["eth0"],"all":true}""");
        yield return Case("N22", """{"chainring":1,"command":"chain-remove","stage":"x"}""");
        yield return Case("N23", $$"""{"chainring":1,"command":"chain-insert","stage":"counter","before":"counter","object":"{{pass}}"}""");
        yield return Case("N24", $$"""{"chainring":1,"command":"chain-insert","stage":"x","before":"counter","object":"{{pass}}","actions":["pass","fail"]}""");
        yield return Case("N25", """{"chainring":1,"command":"unload","ports":["eth0","eth1"],"id":4294967295}""");
        yield return Case("N40", """{"chainring":1,"command":"map-dump","name":"x"}""");
        yield return Case("N40", """{"chainring":1,"command":"map-dump","id":77}""");
        yield return Case("N42", """{"chainring":1,"command":"prog-dump","name":"x"}""");
        yield return Case("N44", """{"chainring":1,"command":"map-lookup","name":"by_protocol","key":"00"}""");
        yield return Case("N45", """{"chainring":1,"command":"map-lookup","name":"by_protocol","key":"0g000000"}""");
        yield return Case("N46", """{"chainring":1,"command":"map-delete","name":"by_protocol","key":"00000000"}""");
        yield return Case("N48", """{"chainring":1,"command":"map-update","name":"by_protocol","key":"00000000","value":"00000000000000000000000000000000","flags":"force"}""");

        static TestCaseData Case(string id, string line, string? starts = null) => new TestCaseData(starts ?? id, line).SetArgDisplayNames(id, line[..Math.Min(line.Length, 90)]);
    }

    [TestCaseSource(nameof(Wrong))]
    public void What_is_wrong_is_answered_with_a_sentence(string id, string line)
    {
        using var card = new ControlledCard(ControlledCard.Silence, ControlledCard.Chain(Counting));
        string answer = Say(card.Path, Line(line), answers: 1);
        Assert.That(answer, Does.Contain($"\"ok\":false,\"problem\":{{\"id\":\"{id}"));
        Assert.That(card.Ask(ControlledCard.Request("chain-show")).Problem, Is.Null, "and others go on");
    }

    [Test]
    public void Lines_come_in_pieces_or_several_at_once_and_what_is_no_line_ends_the_talk()
    {
        using var card = new ControlledCard(ControlledCard.Silence, ControlledCard.Chain(Counting));
        byte[] good = Line("""{"chainring":1,"command":"map-list"}""");
        Assert.That(Say(card.Path, [.. good, .. good, .. good], answers: 3).Split('\n')[..3], Is.All.StartsWith("""{"chainring":1,"ok":true,"""));
        using (var socket = Connect(card.Path))
        {
            foreach (byte one in good) socket.Send([one]);
            Assert.That(socket.Receive(new byte[100]), Is.EqualTo(100));
        }
        Assert.That(Say(card.Path, [.. Line("hello"), .. good]).Count(c => c == '\n'), Is.EqualTo(1), "not a request: nothing more is read");
        Assert.That(Say(card.Path, good[..^1]), Is.Empty);
        Assert.That(Say(card.Path, new byte[ControlProtocol.MaxLineBytes + 1]), Is.Empty.Or.Contains("longer than 1,048,576 bytes"));
        Assert.That(Say(card.Path, good, answers: 1), Does.StartWith("""{"chainring":1,"ok":true"""));
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial int umask(int mask);

    [LibraryImport("libc")]
    private static partial long syscall(long number, uint real, uint effective, uint saved);
}
