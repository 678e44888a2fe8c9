using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

/// <summary>Chain files: what they mean, and what their authors read when they are wrong.</summary>
public sealed class ChainFileTests
{
    /// <summary>A file that uses every key; its objects are the examples'.</summary>
    public const string Graph = """
        name: demo
        programs:
          firewall: { object: firewall.o, program: xdp_firewall }
          counter:
            object: counter.o
          drop: { object: drop.o }
        entry: firewall
        edges:
          firewall: { pass: counter, aborted: drop }
          counter: { "*": drop, tx: drop }
        maps:
          firewall.blocked_ports: { "0035": "0000000000000000" }
        map-sizes: { blocked_ports: 512 }
        previous-verdict: true
        """;

    public const string Order = """
        programs:
          pass: { object: pass.o, priority: 60 }
          drop: { object: drop.o, priority: 10, actions: [drop, tx] }
          counter: { object: counter.o }
        end: last-verdict
        """;

    static Result<ChainSpec> Parse(string text) => ChainFile.Parse(text, "chain.yaml", TestData.FromRoot("examples"));

    static string Edges(ChainSpec chain) =>
        string.Join(' ', chain.Edges.Select(e => $"{chain.Members[e.From].Alias}-{Names.Of(e.On)}-{chain.Members[e.To].Alias}"));

    [Test]
    public void A_graph_says_entry_and_edges()
    {
        var chain = Parse(Graph).Value;
        Assert.That((chain.Name, chain.Entry, chain.PreviousVerdict), Is.EqualTo(("demo", 0, true)));
        Assert.That(chain.Members.Select(m => (m.Alias, m.Program.Name)),
            Is.EqualTo(new[] { ("firewall", "xdp_firewall"), ("counter", chain.Members[1].Program.Name), ("drop", chain.Members[2].Program.Name) }));
        Assert.That(Edges(chain), Is.EqualTo("firewall-pass-counter firewall-aborted-drop counter-*-drop counter-tx-drop"));
        Assert.That(chain.MapEntries, Is.EqualTo(new MapEntrySpec[] { new("firewall", "blocked_ports", "0035", "0000000000000000", "chain.yaml:12") }));
        Assert.That(InstalledChain.Install(new SmartNic(new CardOptions { Target = Targets.Reference }), chain).Problem, Is.Null);
    }

    [Test]
    public void Priorities_and_actions_say_an_order()
    {
        var chain = Parse(Order).Value;
        Assert.That(chain.Members.Select(m => (m.Alias, m.PassAtEnd)), Is.EqualTo(new[] { ("drop", 0u), ("counter", 0u), ("pass", 0u) }));
        Assert.That(Edges(chain), Is.EqualTo("drop-drop-counter drop-tx-counter counter-pass-pass"));
        Assert.That(chain.Name, Is.EqualTo("chain"), "of the file");
    }

    [TestCase("end: libxdp\n"), TestCase("")]
    public void The_end_of_an_order_is_libxdps_unless_it_says_otherwise(string end) =>
        Assert.That(Parse(Order.Replace("end: last-verdict", end)).Value.Members[^1].PassAtEnd, Is.EqualTo(1u << (int)XdpAction.Pass));

    [Test]
    public void Several_programs_without_entry_are_an_order() => Assert.That(
        Edges(Parse("programs:\n  x: { object: pass.o }\n  y: { object: drop.o }").Value), Is.EqualTo("y-pass-x"), "by the functions' names");

    [Test]
    public void One_program_without_entry_is_the_entry()
    {
        var chain = Parse("programs: { only: { object: drop.o } }").Value;
        Assert.That((chain.Entry, chain.Members.Count, chain.Edges.Count, chain.Members[0].PassAtEnd), Is.EqualTo((0, 1, 0, 0)));
    }

    [Test]
    public void What_a_file_does_not_say_of_an_order_is_as_the_objects_run_configuration_has_it()
    {
        const string programs = """
            programs:
              third: { object: run_config.19v3.o, program: third }
              second: { object: run_config.19v3.o, program: second, priority: 5 }
              first: { object: run_config.19v3.o, program: first }
            """;
        var chain = ChainFile.Parse(programs, "chain.yaml", TestData.Path("elf")).Value;
        Assert.That(Edges(chain), Is.EqualTo("second-tx-first first-drop-third first-pass-third"));
        chain = ChainFile.Parse(programs.Replace("program: first", "program: first, actions: [aborted]"), "chain.yaml", TestData.Path("elf")).Value;
        Assert.That(Edges(chain), Is.EqualTo("second-tx-first first-aborted-third"));
        Assert.That(ChainFile.Parse(programs + "\nentry: third", "chain.yaml", TestData.Path("elf")).Problem?.Id, Is.EqualTo("Y15"), "one priority is given");
        chain = ChainFile.Parse(programs.Replace(", priority: 5", "") + "\nentry: third", "chain.yaml", TestData.Path("elf")).Value;
        Assert.That((chain.Entry, chain.Edges.Count), Is.EqualTo((0, 0)), "a graph has no use for it");
    }

    [Test]
    public void Two_aliases_of_one_file_are_one_object()
    {
        var members = Parse("programs:\n  x: { object: counter.o }\n  y: { object: ./counter.o }").Value.Members;
        Assert.That(members[0].Source, Is.SameAs(members[1].Source));
    }

    [Test]
    public void Paths_are_relative_to_the_file()
    {
        Assert.That(ChainFile.Load(TestData.FromRoot("examples", "pass-then-drop.yaml")).Value.Name, Is.EqualTo("pass-then-drop"));
        Assert.That(Directory.GetCurrentDirectory(), Is.Not.EqualTo(TestData.FromRoot("examples")));
    }

    static IEnumerable<TestCaseData> Wrong()
    {
        // Y02: no YAML at all.
        yield return Case("Y02", "chain.yaml:3: While parsing a flow mapping", "programs:\n  x: { object: pass.o\n");
        yield return Case("Y02", "chain.yaml:3: ", "programs:\n  x: { object: pass.o }\n  x: { object: drop.o }");
        yield return Case("Y02", "chain.yaml:2: While scanning a quoted scalar", "name: x\nend: \"y\n");
        yield return Case("Y02", "chain.yaml:1: nested deeper than 64 levels", $"programs: {new string('[', 100_000)}");
        yield return Case("Y02", "chain.yaml:3: cannot be read as YAML", "programs:\n  x: { object: pass\n.o }");
        // Y03: keys.
        yield return Case("Y03", "chain.yaml:2: unknown key 'edge'; there may be name, programs, entry, edges, maps, map-sizes, previous-verdict, end", "programs: { x: { object: pass.o } }\nedge: {}");
        yield return Case("Y03", "chain.yaml:3: unknown key 'file'; there may be object, program, priority, actions", "programs:\n  x:\n    file: pass.o");
        yield return Case("Y03", "chain.yaml:9: unknown key 'fail'; there may be aborted, drop, pass, tx, redirect, \"*\"", Graph.Replace("aborted", "fail"));
        // Y04: what is missing.
        yield return Case("Y04", "chain.yaml:1: 'programs' is missing", "name: x");
        yield return Case("Y04", "chain.yaml:1: 'programs' is missing", "programs: {}");
        yield return Case("Y04", "chain.yaml:2: 'object' is missing", "programs:\n  x: { program: pass }");
        // Y05: shapes.
        yield return Case("Y05", "chain.yaml:1: a chain file must be one mapping with 'programs', 'entry' and 'edges'", "");
        yield return Case("Y05", "chain.yaml:1: a chain file must be one mapping", "- x");
        yield return Case("Y05", "chain.yaml:1: a chain file must be one mapping", "name: x\n---\nname: y");
        yield return Case("Y05", "chain.yaml:1: 'name' must be text", Graph.Replace("demo", "[demo]"));
        yield return Case("Y05", "chain.yaml:1: 'programs' must be a mapping", "programs: [pass.o]");
        yield return Case("Y05", "chain.yaml:2: program 'x' must be a mapping such as { object: file.o }", "programs:\n  x: pass.o");
        yield return Case("Y05", "chain.yaml:2: 'object' must be text", "programs:\n  x: { object: [pass.o] }");
        yield return Case("Y05", "chain.yaml:3: 'program' must be text", "programs:\n  x: { object: pass.o,\n    program: {} }");
        yield return Case("Y05", "chain.yaml:2: 'priority' must be a whole number", Order.Replace("60", "high"));
        yield return Case("Y05", "chain.yaml:2: 'priority' must be a whole number", Order.Replace("60", "1.5"));
        yield return Case("Y05", "chain.yaml:2: 'priority' must be a whole number", Order.Replace("60", "99999999999"));
        yield return Case("Y05", "chain.yaml:2: 'priority' must be a whole number", Order.Replace("60", "[1]"));
        yield return Case("Y05", "chain.yaml:3: an action must be one of aborted, drop, pass, tx, redirect", Order.Replace("tx", "\"*\""));
        yield return Case("Y05", "chain.yaml:3: an action must be one of", Order.Replace("tx", "[tx]"));
        yield return Case("Y05", "chain.yaml:3: 'actions' must be a list such as [pass]", Order.Replace("[drop, tx]", "drop"));
        yield return Case("Y05", "chain.yaml:5: 'end' must be libxdp or last-verdict", Order.Replace("last-verdict", "first"));
        yield return Case("Y05", "chain.yaml:5: 'end' must be text", Order.Replace("last-verdict", "[]"));
        yield return Case("Y05", "chain.yaml:7: 'entry' must be text", Graph.Replace("entry: firewall", "entry: {}"));
        yield return Case("Y05", "chain.yaml:8: 'edges' must be a mapping", "programs: {\n x: { object: pass.o } }\nentry: x\n\n\n\n\nedges: x");
        yield return Case("Y05", "chain.yaml:9: the edges of 'firewall' must be a mapping such as { pass: counter }", Graph.Replace("{ pass: counter, aborted: drop }", "counter"));
        yield return Case("Y05", "chain.yaml:13: 'map-sizes' must be a mapping", Graph.Replace("{ blocked_ports: 512 }", "512"));
        yield return Case("Y16", "chain.yaml:13: the size of map 'blocked_ports' must be a whole number from 1 to 2147483647, not '0'", Graph.Replace("512", "0"));
        yield return Case("Y10", "chain.yaml:13: there is no map 'blocked'; there are firewall.blocked_ports", Graph.Replace("{ blocked_ports: 512", "{ blocked: 512"));
        yield return Case("Y05", "chain.yaml:12: the entries of map 'firewall.blocked_ports' must be a mapping of key to value", Graph.Replace("{ \"0035\": \"0000000000000000\" }", "00"));
        yield return Case("Y05", "chain.yaml:12: a map value must be hex digits or a program's name", Graph.Replace("\"0000000000000000\"", "[]"));
        yield return Case("Y05", "chain.yaml:14: 'previous-verdict' must be true or false", Graph.Replace("true", "yes"));
        // Y06: names.
        yield return Case("Y06", "chain.yaml:7: there is no program 'nobody'; there are firewall, counter, drop", Graph.Replace("entry: firewall", "entry: nobody"));
        yield return Case("Y06", "chain.yaml:10: there is no program 'nobody'; there are firewall, counter, drop", Graph.Replace("counter: { \"*\"", "nobody: { \"*\""));
        yield return Case("Y06", "chain.yaml:9: there is no program 'nobody'; there are firewall, counter, drop", Graph.Replace("aborted: drop", "aborted: nobody"));
        yield return Case("Y06", "chain.yaml:9: there is no program ''; there are firewall, counter, drop", Graph.Replace("aborted: drop", "aborted: [drop]"));
        // Y07: cycles.
        yield return Case("Y07", "chain.yaml:9: this edge closes a cycle: firewall -> firewall", Graph.Replace("aborted: drop", "aborted: firewall"));
        yield return Case("Y07", "chain.yaml:10: this edge closes a cycle: counter -> firewall -> counter", Graph.Replace("tx: drop", "tx: firewall"));
        yield return Case("Y07", "chain.yaml:11: this edge closes a cycle: drop -> firewall -> counter -> drop",
            Graph.Replace("aborted: drop", "tx: counter").Replace("maps:", "  drop: { aborted: firewall }\nmaps:"));
        // Objects, with the loader's own number.
        yield return Case("L10", "chain.yaml:2: ", "programs:\n  x: { object: nowhere.o }");
        yield return Case("L20", "chain.yaml:3: firewall.o: there is no program nothing", Graph.Replace("xdp_firewall", "nothing"));
        // Y15: both ways at once.
        yield return Case("Y15", "chain.yaml:6: give either 'entry' and 'edges', or 'priority' and 'actions' of each program", Order + "\nentry: pass");
        yield return Case("Y15", "chain.yaml:6: give either", Order + "\nedges: { pass: { pass: drop } }");
        yield return Case("Y15", "chain.yaml:15: give either", Graph + "\nend: libxdp");
        yield return Case("Y15", "chain.yaml:9: give either", Graph.Replace("entry: firewall", "# no entry"));

        static TestCaseData Case(string id, string sentence, string text) => new TestCaseData(text, id, sentence).SetArgDisplayNames(id, sentence);
    }

    [TestCaseSource(nameof(Wrong))]
    public void Every_mistake_is_named_with_file_and_line(string text, string id, string sentence)
    {
        var problem = Parse(text).Problem;
        Assert.That(problem?.Id, Is.EqualTo(id), problem?.ToString());
        Assert.That(problem!.Sentence, Does.StartWith(sentence));
        Assert.That(problem.Sentence, Does.Not.Contain("Exception").And.Not.Contain("Idx:"));
        Assert.That(problem.IsBadInput);
    }

    // Y10 to Y14 need the card's maps; the place is the chain file's all the same.
    [TestCase("Y10", "there is no map 'nothing'; there are firewall.blocked_ports", "firewall.blocked_ports", "nothing")]
    [TestCase("Y12", "the key '3' is not", "\"0035\"", "\"3\"")]
    [TestCase("Y12", "the value 'drop' is not", "\"0000000000000000\"", "drop")]
    [TestCase("Y13", "the key is 1 byte long, and map blocked_ports needs 2", "0035", "35")]
    [TestCase("Y13", "the value is 2 bytes long, and map blocked_ports needs 8", "\"0000000000000000\"", "\"0000\"")]
    public void A_wrong_map_entry_is_named_with_its_line_when_the_chain_is_installed(string id, string sentence, string good, string bad)
    {
        var chain = Parse(Graph.Replace(good, bad)).Value;
        var problem = InstalledChain.Install(new SmartNic(new CardOptions { Target = Targets.Reference }), chain).Problem;
        Assert.That(problem?.Id, Is.EqualTo(id), problem?.ToString());
        Assert.That(problem!.Sentence, Does.StartWith("chain.yaml:12: " + sentence));
    }

    [Test]
    public void A_file_that_cannot_be_read_is_named()
    {
        string path = TestData.Path("no-such-file.yaml");
        Assert.That(ChainFile.Load(path).Problem!.ToString(), Is.EqualTo($"Y01 unreadable: {path}: No such file or directory"));
        Assert.That(ChainFile.Load(TestData.Path()).Problem!.Id, Is.EqualTo("Y01"), "a folder");
    }
}
