using Chainring.Host.Driver;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

/// <summary>Maps, keys and values as people write them.</summary>
public sealed class MapEntriesTests
{
    static readonly string[] Members = ["fw", "fw.v2", "counter"];

    static readonly MapEntrySpec Entry = new(null, "m", "", "", "chain.yaml:4");

    [TestCase("fw.ports", "fw", "ports")]
    [TestCase("fw.v2.ports", "fw.v2", "ports", TestName = "The longest alias wins")]
    [TestCase("fw..rodata", "fw", ".rodata")]
    [TestCase("ports", null, "ports")]
    [TestCase(".rodata", null, ".rodata")]
    [TestCase("other.rodata", null, "other.rodata", TestName = "What is no alias is part of the name")]
    [TestCase("fw", null, "fw")]
    [TestCase("fwd.ports", null, "fwd.ports")]
    public void Split(string text, string? member, string map) => Assert.That(MapEntries.Split(text, Members), Is.EqualTo((member, map)));

    [TestCase("ports:0035=01", null, "ports", "0035", "01")]
    [TestCase("fw.ports:0x35=0x01", "fw", "ports", "0x35", "0x01")]
    [TestCase("next:00000000=counter", null, "next", "00000000", "counter")]
    [TestCase("m:=", null, "m", "", "")]
    public void An_option_is_name_key_and_value(string text, string? member, string map, string key, string value) =>
        Assert.That(MapEntries.Parse(text, Members).Value, Is.EqualTo(new MapEntrySpec(member, map, key, value, $"--map {text}")));

    [TestCase(""), TestCase("ports"), TestCase("ports:00"), TestCase("ports=00"), TestCase(":00=00"), TestCase("ports=00:01")]
    public void Any_other_text_is_refused(string text) =>
        Assert.That(MapEntries.Parse(text, Members).Problem!.ToString(), Is.EqualTo($"Y05 wrong-shape: --map {text}: it must be NAME:KEYHEX=VALUEHEX"));

    [TestCase("0a0b"), TestCase("0A0b"), TestCase("0x0a0b")]
    public void Digits_are_bytes_as_they_lie_in_memory(string text) =>
        Assert.That(MapEntries.Bytes(Entry, "key", text, "m", 2).Value, Is.EqualTo(new byte[] { 10, 11 }));

    [TestCase("0a", "Y13 wrong-length: chain.yaml:4: the key is 1 byte long, and map m needs 2")]
    [TestCase("", "Y13 wrong-length: chain.yaml:4: the key is 0 bytes long, and map m needs 2")]
    [TestCase("0a0", "Y12 not-hex: chain.yaml:4: the key '0a0' is not pairs of hex digits")]
    [TestCase("0a 0b", "Y12 not-hex: chain.yaml:4: the key '0a 0b' is not pairs of hex digits")]
    [TestCase("-1", "Y12 not-hex: chain.yaml:4: the key '-1' is not pairs of hex digits")]
    [TestCase("0x", "Y13 wrong-length: chain.yaml:4: the key is 0 bytes long, and map m needs 2")]
    public void Digits_that_do_not_fit(string text, string problem) =>
        Assert.That(MapEntries.Bytes(Entry, "key", text, "m", 2).Problem!.ToString(), Is.EqualTo(problem));

    [TestCase("flows", "flows")]
    [TestCase(".rodata", ".rodata")]
    [TestCase("rodata", ".rodata")]
    [TestCase("bss", ".bss")]
    [TestCase("a_long_n.rodata", ".rodata", TestName = "libbpf's prefix is eight characters, other characters than letters and digits become _")]
    [TestCase("a_long_n.bss", ".bss")]
    [TestCase("a_lon.rodata.x", null)]
    [TestCase(".rodata.str1.1", ".rodata.str1.1")]
    [TestCase("rodata.str1.1", ".rodata.str1.1")]
    [TestCase("a-long-name.rodata", null)]
    [TestCase("a.rodata", null)]
    [TestCase("other.rodata", null)]
    [TestCase(".flows", null)]
    [TestCase("", null)]
    public void Find(string name, string? found)
    {
        static MapSpec Data(string section) => new() { Name = section, Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1, InitialValue = new byte[8] };
        var flows = Data("flows") with { InitialValue = null };
        var source = TestCard.ObjectOf([], [flows, Data(".rodata"), Data(".bss"), Data(".rodata.str1.1")]) with { Name = "a-long-name.v2.o" };
        Assert.That(MapEntries.Find(source, name)?.Name, Is.EqualTo(found));
    }
}
