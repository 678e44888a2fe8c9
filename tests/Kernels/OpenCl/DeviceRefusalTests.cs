using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>Chains whose programs a device takes one by one, but not together, are refused by name, and the card stays as it was.</summary>
public sealed class DeviceRefusalTests
{
    static readonly MapSpec Array = new() { Name = "", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 };
    static readonly MapSpec Hash = new() { Name = "", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 1 };

    [Test]
    public void A_chain_with_more_maps_than_addresses_tell_apart_is_refused_by_their_number()
    {
        OpenClDevice.Need();
        var card = Card();
        var (first, second) = (Load(card, "first", Array, 40), Load(card, "second", Array, 40));
        var table = card.CreateTable(4).Value;
        Assert.That(table.Update(first.Id, default(ChainEntry).With(XdpAction.Pass, second.Id)), Is.Null);
        var refusal = card.Install(InstallRequest.Attach(first, table));
        Assert.That(refusal?.Sentence, Is.EqualTo("backend opencl does not run the chain: it has 80 maps, and an address on a device tells 62 apart"));
        Assert.That((card.Entry, card.Kernel()), Is.EqualTo(((LoadedProgram?)null, (IKernel?)null)));
    }

    [Test]
    public void An_edge_that_would_make_such_a_chain_is_refused_and_the_old_one_goes_on()
    {
        OpenClDevice.Need();
        var card = Card();
        var (first, second) = (Load(card, "first", Array, 40), Load(card, "second", Array, 40));
        var table = card.CreateTable(4).Value;
        Assert.That(card.Install(InstallRequest.Attach(first, table)), Is.Null);
        var (kernel, revision) = (card.Kernel(), table.Revision);
        Assert.That(table.Update(first.Id, default(ChainEntry).With(XdpAction.Pass, second.Id))?.Id, Is.EqualTo("R54"));
        Assert.That((card.Kernel(), table.Revision, table.Entries.Count), Is.EqualTo((kernel, revision, 0)));
    }

    [Test]
    public void A_chain_with_more_arrays_than_the_device_takes_arguments_is_refused_by_their_number()
    {
        OpenClDevice.Need();
        var card = Card();
        var program = Load(card, "hashes", Hash, 60, "r3 = r2\n    r4 = 0\n    call bpf_map_update_elem\n    r0 = 0");
        Assert.That(card.Install(InstallRequest.Attach(program, null))?.Sentence, Does.Match(@"^backend opencl does not run the chain: its maps are \d+ arrays, and the device takes \d+$"));
    }

    static SmartNic Card() => new(new CardOptions { Target = Targets.OnDevice });

    /// <summary>A program that does something to so many maps.</summary>
    static LoadedProgram Load(SmartNic card, string name, MapSpec like, int count, string what = "call bpf_map_lookup_elem\n    if r0 == 0 goto +1\n    *(u64 *)(r0 + 0) = 7")
    {
        string touches = string.Concat(Enumerable.Range(0, count).Select(n => $"""
            r1 = map({name}{n})
            r2 = r10
            r2 += -8
            {what}

            """));
        var program = ProgramText.Program(name, $"*(u64 *)(r10 - 8) = 0\n{touches}r0 = 2\nexit");
        var maps = new Dictionary<string, Map>();
        for (int n = 0; n < count; n++) maps.Add($"{name}{n}", card.CreateMap(like with { Name = $"{name}{n}" }).Value);
        return card.Load(program, map => maps[map]).Value;
    }
}
