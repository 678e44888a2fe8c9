using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

/// <summary>Maps whose size is said when the program is loaded.</summary>
public sealed class MapSizesTests
{
    static ObjectSpec Object(string name) => ObjectLoader.LoadFile(TestData.Path("objects", name)).Value;

    static ChainSpec Chain(params (string Alias, ObjectSpec Source)[] members) => new()
    {
        Name = "test",
        Members = [.. members.Select(m => new ChainMember(m.Alias, m.Source, m.Source.Programs[0]))],
        Entry = 0,
        Edges = [],
    };

    static Result<ChainSpec> Apply(ChainSpec chain, params string[] sizes) =>
        MapSizes.Apply(chain, sizes.Select(s => MapSizes.Parse(s, [.. chain.Members.Select(m => m.Alias)]).Value));

    static int SizeOf(ChainSpec chain, int member, string map) => chain.Members[member].Source.Maps.Single(m => m.Name == map).MaxEntries;

    static Problem? Install(ChainSpec chain) => InstalledChain.Install(new SmartNic(new CardOptions { Target = Targets.Reference }), chain).Problem;

    [Test]
    public void A_map_without_a_size_is_refused_until_it_is_given_one()
    {
        var chain = Chain(("sized", Object("map-sizes.o")));
        Assert.That(Install(chain)!.ToString(), Is.EqualTo("Y18 map-without-size: map-sizes.o: map by_length has no max_entries: whoever loads the program must give it; "
            + "say --map-size by_length=N, or map-sizes: { by_length: N } in the chain file"));
        chain = Apply(chain, "by_length=100", "sized.by_source=7").Value;
        Assert.That((SizeOf(chain, 0, "by_length"), SizeOf(chain, 0, "by_source")), Is.EqualTo((100, 7)));
        Assert.That(Install(chain), Is.Null);
    }

    [Test]
    public void Programs_of_one_object_go_on_sharing_its_maps()
    {
        var source = Object("map-sizes.o");
        var chain = Apply(Chain(("a", source), ("b", source)), "by_length=5").Value;
        Assert.That(chain.Members[0].Source, Is.SameAs(chain.Members[1].Source));
    }

    [Test]
    public void A_pinned_map_has_its_size_in_every_object()
    {
        var chain = Chain(("writer", Object("pinned-writer.o")), ("reader", Object("pinned-reader.o")));
        string pinned = chain.Members[0].Source.Maps.First(m => m.PinnedByName).Name;
        chain = Apply(chain, $"reader.{pinned}=77").Value;
        Assert.That((SizeOf(chain, 0, pinned), SizeOf(chain, 1, pinned)), Is.EqualTo((77, 77)));
    }

    [TestCase("nothing=1", "Y10", "--map-size nothing=1: there is no map 'nothing'; there are a.by_length, a.by_source, b.by_length, b.by_source")]
    [TestCase("by_length=1", "Y11", "several programs have a map 'by_length'; say which: a.by_length, b.by_length")]
    public void A_size_for_no_map_or_for_several_is_refused(string size, string id, string sentence)
    {
        var problem = Apply(Chain(("a", Object("map-sizes.o")), ("b", Object("map-sizes.o"))), size).Problem!;
        Assert.That(problem.Id, Is.EqualTo(id));
        Assert.That(problem.Sentence, Does.Contain(sentence));
    }

    [Test]
    public void Global_data_has_no_other_size() =>
        Assert.That(Apply(Chain(("globals", Object("globals.o"))), "bss=3").Problem!.ToString(), Is.EqualTo("Y19 size-of-data: --map-size bss=3: .bss is global data, whose size its program knows"));

    [TestCase("by_length", "Y05"), TestCase("=3", "Y05"), TestCase("by_length=0", "Y16"), TestCase("by_length=-1", "Y16"), TestCase("by_length=x", "Y16"), TestCase("by_length=2147483648", "Y16")]
    public void A_size_is_a_name_and_a_number(string text, string id)
    {
        var problem = MapSizes.Parse(text, []).Problem!;
        Assert.That(problem.Sentence, Does.StartWith($"--map-size {text}: "));
        Assert.That(problem.Id, Is.EqualTo(id), problem.ToString());
    }
}
