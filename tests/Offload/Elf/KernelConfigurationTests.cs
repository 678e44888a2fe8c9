using Chainring.Offload.Elf;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>What <c>__kconfig</c> externs become.</summary>
public sealed class KernelConfigurationTests
{
    public const string Text = """
        CONFIG_FLAG=y
        CONFIG_STATE=m
        CONFIG_LETTER=n
        CONFIG_NUMBER=-5
        CONFIG_LARGE=0xffffffffff
        CONFIG_NEGATIVE=-32768
        CONFIG_TEXT="hello"

        """;

    public static IReadOnlyDictionary<string, string> Values { get; } =
        Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')).ToDictionary(pair => pair[0], pair => pair[1].Trim());

    static ObjectSpec Load(params (string Name, string Value)[] changed)
    {
        var values = new Dictionary<string, string>(Values);
        foreach (var (name, value) in changed) values[name] = value;
        return ObjectLoader.LoadFile(TestObjects.PathOf("kconfig.19v3.o"), new() { KernelConfiguration = values }).Value;
    }

    [Test]
    public void Values_lie_in_one_read_only_map()
    {
        var map = Load().Maps.Single();
        Assert.That((map.Name, map.Type, map.MaxEntries, map.Flags), Is.EqualTo((".kconfig", MapType.Array, 1, MapFlags.ReadOnlyForPrograms | MapFlags.Mmapable)));
        Assert.That(Convert.ToHexStringLower(map.InitialValue!), Is.EqualTo(
            "ffffffffff000000" // CONFIG_LARGE
            + "fbffffff" + "02000000" // CONFIG_NUMBER, CONFIG_STATE
            + "00000000" + "00120600" // LINUX_ABSENT, LINUX_KERNEL_VERSION
            + "0080" // CONFIG_NEGATIVE
            + "00" + "01" + "6e" + "01" // CONFIG_ABSENT, CONFIG_FLAG, CONFIG_LETTER, LINUX_HAS_SYSCALL_WRAPPER
            + "68656c6c6f000000")); // CONFIG_TEXT
    }

    [TestCase("CONFIG_FLAG", "m", "its value 'm' must be y or n")]
    [TestCase("CONFIG_STATE", "1", "its value '1' must be y, m or n")]
    [TestCase("CONFIG_LETTER", "300", "its value '300' must be a whole number of 1 bytes")]
    [TestCase("CONFIG_NUMBER", "y", "its value 'y' must be a whole number of 4 bytes")]
    [TestCase("CONFIG_NUMBER", "2147483648", "must be a whole number of 4 bytes")]
    [TestCase("CONFIG_NEGATIVE", "-32769", "must be a whole number of 2 bytes")]
    [TestCase("CONFIG_TEXT", "\"12345678\"", "must be at most 7 bytes long")]
    public void A_value_of_another_type_is_refused_where_it_is_used(string name, string value, string sentence)
    {
        var source = Load((name, value));
        Assert.That(source.Program("configured").Problem?.Sentence, Does.Match("kconfig.19v3.o: configured: instruction [0-9]+ .*uses " + name).And.Contains(sentence));
        Assert.That(source.Program("plain").Problem, Is.Null);
    }

    [Test]
    public void Values_that_fit_are_taken()
    {
        Assert.That(Load(("CONFIG_NUMBER", "2147483647"), ("CONFIG_NEGATIVE", "32767"), ("CONFIG_TEXT", "1234567"), ("CONFIG_FLAG", "0"), ("LINUX_KERNEL_VERSION", "0x50f00"))
            .Program("configured").Problem, Is.Null);
    }

    [Test]
    public void A_strong_value_that_nobody_gives_is_refused_where_it_is_used()
    {
        var source = ObjectLoader.LoadFile(TestObjects.PathOf("kconfig.19v3.o")).Value;
        Assert.That(source.Program("plain").Problem, Is.Null);
        Assert.That(source.Program("configured").Problem!.Sentence, Does.Contain("give it with --kconfig CONFIG_").And.Contains("or declare it __weak"));
    }
}
