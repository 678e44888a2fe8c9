using Chainring.Host.Driver;
using Chainring.Host.Driver.Control;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Tests.Nic;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Control;

/// <summary>A chain that is an edit of the one on the card: what stays, stays as it is.</summary>
public sealed class EditedChainTests
{
    /// <summary>Counts in global data, then tail-calls slot 0.</summary>
    const string CountAndCall = """
        r6 = r1
        r1 = value(.bss)
        r2 = 1
        lock *(u64 *)(r1 + 0) += r2
        r1 = r6
        r2 = map(next)
        r3 = 0
        call 12
        r0 = 1
        exit
        """;

    static readonly MapSpec Next = new() { Name = "next", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 2 };
    static readonly MapSpec Data = new() { Name = ".bss", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1, InitialValue = new byte[8] };
    static readonly MapSpec Constants = Data with { Name = ".rodata", Flags = MapFlags.ReadOnlyForPrograms };
    static readonly MapSpec Table = new() { Name = "table", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 4 };

    static ProgramSpec Returns(string name, XdpAction code) => ProgramText.Program(name, $"r0 = {(int)code}\nexit");

    static readonly ObjectSpec Counting = TestCard.ObjectOf([ProgramText.Program("counting", CountAndCall), Returns("passes", XdpAction.Pass)], [Next, Data, Constants, Table]);

    static ObjectSpec Drops() => TestCard.ObjectOf([Returns("drops", XdpAction.Drop)], [Table]);

    static readonly ChainSpec Chain = ChainSpec.Single(Counting, Counting.Programs[0]) with
    {
        MapEntries =
        [
            new(null, "next", "00000000", "passes", "x:1"),
            new(null, ".rodata", "00000000", "0700000000000000", "x:2"),
            new(null, "table", "01000000", "01000000", "x:3"),
        ],
    };

    static ulong Counted(InstalledChain chain) => BitConverter.ToUInt64(chain.Maps.Single(m => m.Map.Spec.Name == ".bss").Map.Storage);

    static XdpAction Run(SmartNic card)
    {
        var port = new Port(card, 1, new ListWire([Rig.Frame]), new PortConfig());
        port.Poll(int.MaxValue, new Heard());
        return Enum.GetValues<XdpAction>().Single(a => port.Queues[0].Verdicts(a) == 1);
    }

    static InstalledChain Edited(InstalledChain chain, Func<ChainSpec, Result<ChainSpec>> edit) => chain.Replace(edit(chain.Spec).Value, edits: true).Value;

    [Test]
    public void Programs_that_stay_keep_ids_counters_data_and_slots_and_everything_is_given_back([Values] bool replaced)
    {
        var card = new SmartNic(new CardOptions { Target = Targets.Reference });
        string before = Rig.StateOf(card);
        var chain = InstalledChain.Install(card, Chain).Value;
        Assert.That(Run(card), Is.EqualTo(XdpAction.Pass));
        var (id, maps) = (chain.Members[0].Id, chain.Maps.Select(m => m.Map.Id).ToArray());
        Assert.That(MapCommands.Delete(chain.Maps.Single(m => m.Map.Spec.Name == "table").Map, BitConverter.GetBytes(1)), Is.Zero, "somebody takes out what the chain file put in");

        var drops = Drops();
        chain = Edited(chain, spec => ChainEdit.Insert(spec, new("last", drops, drops.Programs[0]), "counting", before: false, 0b100));
        Assert.That((Run(card), Counted(chain), chain.Members[0].Id, card.Totals().Runs(id)), Is.EqualTo((XdpAction.Drop, 2UL, id, 2L)));
        Assert.That(chain.Maps.Take(maps.Length).Select(m => m.Map.Id), Is.EqualTo(maps));
        Assert.That(chain.Maps[3].Map.Entries(), Is.Empty, "and the edit does not put it in again");
        Assert.That(chain.Names[id], Is.EqualTo("counting"));

        chain = replaced ? chain.Replace(Chain).Value : Edited(chain, spec => ChainEdit.Remove(spec, "last"));
        Assert.That((Run(card), Counted(chain), chain.Members[0].Id == id), Is.EqualTo((XdpAction.Pass, replaced ? 1UL : 3, !replaced)), "another chain has programs of its own");
        Assert.That(card.Programs.Count, Is.EqualTo(2));
        chain = Edited(chain, spec => ChainEdit.Remove(spec, "counting"));
        Assert.That((Run(card), card.Entry, card.Programs.Count, card.Maps.All.Count()), Is.EqualTo((XdpAction.Pass, (LoadedProgram?)null, 0, 0)), "an empty chain lets every frame pass");
        chain = Edited(chain, spec => ChainEdit.Load(spec, drops, drops.Programs[0], null, null));
        Assert.That(Run(card), Is.EqualTo(XdpAction.Drop));
        chain.Dispose();
        Assert.That(Rig.StateOf(card), Is.EqualTo(before));
    }

    [Test]
    public void An_edit_that_is_refused_changes_nothing()
    {
        var card = new SmartNic(new CardOptions { Target = Targets.Reference, Capabilities = new() { Programs = 2 } });
        using var chain = InstalledChain.Install(card, Chain).Value;
        Run(card);
        string before = Rig.StateOf(card);
        var drops = Drops();
        Assert.That(chain.Replace(ChainEdit.Insert(chain.Spec, new("first", drops, drops.Programs[0]), "counting", before: true, 0b100).Value, edits: true).Problem?.Id, Is.EqualTo("R14"));
        Assert.That(Rig.StateOf(card), Is.EqualTo(before));
        Assert.That((Run(card), Counted(chain)), Is.EqualTo((XdpAction.Pass, 2UL)));
    }

    [Test]
    public void A_replaced_program_goes_on_with_maps_of_the_same_name_and_shape()
    {
        var card = new SmartNic(new CardOptions { Target = Targets.Reference });
        using var chain = InstalledChain.Install(card, Chain).Value;
        var drops = Drops();
        using var after = Edited(chain, spec => ChainEdit.Replace(spec, "counting", drops, drops.Programs[0]));
        Assert.That(after.Maps.Single().Map, Is.SameAs(chain.Maps[3].Map));
        Assert.That((after.Maps[0].Map.Entries().Count, Run(card), card.Programs.Count), Is.EqualTo((1, XdpAction.Drop, 1)));
    }
}
