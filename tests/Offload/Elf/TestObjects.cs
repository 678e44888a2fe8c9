using Chainring.Offload.Elf;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>The objects of <c>tests/data/elf</c>, named <c>source.compilerVcpu.o</c>.</summary>
static class TestObjects
{
    /// <summary>Compiler and CPU versions that every good source is compiled for.</summary>
    public static readonly string[] Builds = ["14v1", "14v2", "14v3", "19v1", "19v2", "19v3", "19v4"];

    /// <summary>Every object there, good and bad.</summary>
    public static IEnumerable<string> All => Directory.EnumerateFiles(TestData.Path("elf"), "*.o").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    public static string PathOf(string file) => TestData.Path("elf", file);

    public static byte[] Bytes(string file) => File.ReadAllBytes(PathOf(file));

    public static ObjectSpec Load(string source, string build)
    {
        var result = ObjectLoader.LoadFile(PathOf($"{source}.{build}.o"));
        Assert.That(result.Problem, Is.Null, result.Problem?.ToString());
        return result.Value;
    }
}
