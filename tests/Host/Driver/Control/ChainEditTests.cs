using Chainring.Host.Driver;
using Chainring.Host.Driver.Control;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Control;

/// <summary>What commands make of a chain, as text: <c>a; a-pass>b a-*>c; c=pass</c> is entry, edges, and libxdp's end.</summary>
public sealed class ChainEditTests
{
    static readonly MapSpec Count = new() { Name = "count", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };
    static readonly MapSpec Next = new() { Name = "next", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 2 };

    static ObjectSpec Object(string program, params MapSpec[] maps) => TestCard.ObjectOf([ProgramText.Program(program, "r0 = 2\nexit")], maps);

    static ChainMember Member(string alias, params MapSpec[] maps) => Object(alias, maps) is var source ? new(alias, source, source.Programs[0]) : null!;

    static ChainSpec Read(string text)
    {
        string[] parts = text.Split("; ");
        var edges = parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(e => e.Split('-', '>')).ToList();
        string[] aliases = [.. edges.SelectMany(e => new[] { e[0], e[2] }).Append(parts[0]).Distinct().Order()];
        string[] end = parts.Length > 2 ? parts[2].Split('=') : ["", ""];
        return new()
        {
            Name = "test",
            Members = [.. aliases.Select(a => Member(a) with { PassAtEnd = a == end[0] ? ActionWords.Parse([end[1]]).Value : 0 })],
            Entry = Array.IndexOf(aliases, parts[0]),
            Edges = [.. edges.Select(e => new ChainEdge(Array.IndexOf(aliases, e[0]), e[1] == "*" ? null : Enum.Parse<XdpAction>(e[1], ignoreCase: true), Array.IndexOf(aliases, e[2])))],
        };
    }

    static string Text(ChainSpec chain)
    {
        string Of(int n) => chain.Members[n].Alias;
        if (chain.Members.Count == 0) return "nothing";
        string edges = string.Join(' ', chain.Edges.Select(e => $"{Of(e.From)}-{Names.Of(e.On)}>{Of(e.To)}").Order(StringComparer.Ordinal));
        string ends = string.Concat(chain.Members.Where(m => m.PassAtEnd != 0).Select(m => $"; {m.Alias}={string.Join(',', ActionWords.Of(m.PassAtEnd).Select(Names.Of))}"));
        return $"{Of(chain.Entry)}; {edges}{ends}";
    }

    static string Text(Result<ChainSpec> result) => result.Problem?.Id ?? Text(result.Value);

    [TestCase("a; ", "a", true, "pass", "x; x-pass>a", TestName = "before the only one")]
    [TestCase("a; ", "a", false, "pass", "a; a-pass>x", TestName = "after the only one")]
    [TestCase("a; a-pass>b a-tx>b c-drop>b", "b", true, "pass,drop", "a; a-pass>x a-tx>x c-drop>x x-drop>b x-pass>b", TestName = "before: all that led there leads to the new one")]
    [TestCase("a; a-pass>b", "a", false, "pass", "a; a-pass>x x-pass>b", TestName = "between")]
    [TestCase("a; a-pass>b", "a", false, "drop", "a; a-drop>x a-pass>b", TestName = "on an edge that was the end")]
    [TestCase("a; a-*>b", "a", false, "pass,aborted", "a; a-*>b a-aborted>x a-pass>x x-pass>b", TestName = "the wildcard followed, but not aborted")]
    [TestCase("a; a-pass>b; b=pass", "b", false, "pass", "a; a-pass>b b-pass>x; x=pass", TestName = "libxdp's end goes to the new last one")]
    [TestCase("a; a-pass>b; b=pass,drop", "b", false, "pass", "N28", TestName = "unless codes would end at both")]
    [TestCase("a; a-pass>b; b=pass", "b", true, "pass", "a; a-pass>x x-pass>b; b=pass", TestName = "before the end nothing changes of it")]
    [TestCase("a; a-pass>b", "c", true, "pass", "N22", TestName = "no such stage")]
    public void Inserted(string chain, string stage, bool before, string actions, string expected) =>
        Assert.That(Text(ChainEdit.Insert(Read(chain), Member("x"), stage, before, ActionWords.Parse([actions]).Value)), Is.EqualTo(expected));

    [TestCase("a; ", "a", "nothing", TestName = "the only one")]
    [TestCase("a; a-pass>b", "b", "a; ", TestName = "the last one")]
    [TestCase("a; a-pass>b b-tx>c", "a", "b; b-tx>c", TestName = "the entry, where one follows")]
    [TestCase("a; a-pass>b a-drop>c", "a", "b; ", TestName = "the entry, where several follow: the one on pass")]
    [TestCase("a; a-tx>b a-drop>c", "a", "N29", TestName = "the entry, where none follows on pass")]
    [TestCase("a; a-pass>b a-tx>b b-drop>c", "b", "a; a-pass>c a-tx>c", TestName = "where one follows, everything leads there")]
    [TestCase("a; a-drop>b a-pass>c", "b", "a; a-pass>c", TestName = "where nothing follows, that is the end")]
    [TestCase("a; a-pass>b a-tx>b b-pass>c b-drop>d", "b", "a; a-pass>c", TestName = "where several follow, by the code")]
    [TestCase("a; a-*>b a-tx>e b-pass>c b-drop>d b-tx>d b-aborted>c", "b", "a; a-drop>d a-pass>c a-tx>e", TestName = "a wildcard becomes what it stood for")]
    [TestCase("a; a-*>b a-drop>e b-pass>c b-*>d", "b", "a; a-*>d a-drop>e a-pass>c", TestName = "a wildcard and a wildcard")]
    [TestCase("a; a-pass>b a-redirect>b b-pass>c b-*>d", "b", "a; a-pass>c a-redirect>d", TestName = "a code and a wildcard")]
    [TestCase("a; a-pass>b a-drop>b; b=tx", "b", "a; ; a=drop,pass", TestName = "libxdp's end goes to the one before")]
    [TestCase("a; a-pass>b a-drop>c c-pass>b; b=pass", "b", "N30", TestName = "unless there are several")]
    [TestCase("a; a-pass>b", "x", "N22", TestName = "no such stage to remove")]
    public void Removed(string chain, string stage, string expected) => Assert.That(Text(ChainEdit.Remove(Read(chain), stage)), Is.EqualTo(expected));

    [Test]
    public void What_was_inserted_and_is_removed_leaves_the_chain_as_it_was([Values("a; a-pass>b a-drop>c", "a; a-pass>b b-pass>c; c=pass")] string chain,
        [Values("a", "b", "c")] string stage, [Values] bool before, [Values("pass", "drop")] string actions)
    {
        var inserted = ChainEdit.Insert(Read(chain), Member("x"), stage, before, ActionWords.Parse([actions]).Value);
        if (stage == "c" && !before && chain.Contains("c=pass") && actions == "drop") Assert.That(inserted.Problem?.Id, Is.EqualTo("N28"), "the end would be at two");
        else Assert.That(Text(ChainEdit.Remove(inserted.Value, "x")), Is.EqualTo(Text(Read(chain))));
    }

    [Test]
    public void Loaded_programs_stand_in_libxdps_order_whoever_came_first()
    {
        var chain = ChainSpec.Empty("test");
        foreach (var (name, priority, actions) in new (string, long?, uint?)[] { ("b", null, null), ("c", 60, 0b110), ("a", 10, 0b1100) })
            chain = ChainEdit.Load(chain, Object(name), Object(name).Programs[0], priority, actions).Value;
        Assert.That(Text(chain), Is.EqualTo("a; a-pass>b a-tx>b b-pass>c; c=drop,pass"));
        chain = ChainEdit.Remove(chain, "c").Value;
        Assert.That(Text(chain), Is.EqualTo("a; a-pass>b a-tx>b; b=pass"));
        chain = ChainEdit.Load(ChainEdit.Remove(chain, "a").Value, Object("b"), Object("b").Programs[0], null, null).Value;
        Assert.That(Text(chain), Is.EqualTo("b; b-pass>b-2; b-2=pass"), "the same name twice");
        Assert.That(Text(ChainEdit.Load(Read("a; a-pass>b"), Object("c"), Object("c").Programs[0], null, null)), Is.EqualTo("N27"), "a graph has no priorities");
    }

    [Test]
    public void Entries_go_with_the_maps_that_they_are_of()
    {
        var (a, b) = (Member("a", Count), Member("b", Next));
        var chain = new ChainSpec { Name = "test", Members = [a, b], Entry = 0, Edges = [new(0, XdpAction.Pass, 1)], MapEntries = [new(null, "count", "00", "01", "x:1"), new(null, "next", "00", "a", "x:2")] };
        static string Entries(ChainSpec chain) => string.Join(' ', chain.MapEntries.Select(e => $"{e.Member}.{e.Map}"));
        var inserted = ChainEdit.Insert(chain, Member("x", Count, Next), "a", before: true, 0b100).Value;
        Assert.That(Entries(inserted), Is.EqualTo("a.count b.next"), "not those of the new one, which has maps of these names too");
        Assert.That(ChainEdit.Remove(chain, "a").Problem?.Id, Is.EqualTo("N31"), "b's prog array holds it");
        Assert.That(ChainEdit.Replace(chain, "a", Object("y", Count), Object("y").Programs[0]).Problem?.Id, Is.EqualTo("N31"));
        Assert.That(Entries(ChainEdit.Remove(chain, "b").Value), Is.EqualTo("a.count"));
        Assert.That(Entries(ChainEdit.Replace(chain, "b", Object("y"), Object("y").Programs[0]).Value), Is.EqualTo("a.count"));
        Assert.That(Entries(ChainEdit.Replace(chain, "b", Object("y", Next), Object("y").Programs[0]).Value), Is.EqualTo("a.count b.next"));
        var shared = chain with { Members = [a, a with { Alias = "b" }], MapEntries = [new("a", "count", "00", "01", "x:1")] };
        Assert.That(Entries(ChainEdit.Remove(shared, "a").Value), Is.EqualTo("b.count"), "another stage has the object");
    }

    [Test]
    public void A_replaced_program_keeps_name_and_edges() =>
        Assert.That(ChainEdit.Replace(Read("a; a-pass>b"), "b", Object("y"), Object("y").Programs[0]).Value is var chain ? (Text(chain), chain.Members[1].Program.Name) : default, Is.EqualTo(("a; a-pass>b", "y")));
}
