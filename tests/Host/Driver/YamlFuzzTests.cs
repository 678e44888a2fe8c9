using Chainring.Host.Driver;
using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

/// <summary>Damaged chain and card files give a spec or a sentence that names the line: no exception, no hang, no memory to speak of.</summary>
[Category(Fuzz.Category)]
public sealed class YamlFuzzTests
{
    const int MaxAllocatedBytes = 16 << 20;

    static string[] Files(params string[] folder) =>
        [.. Directory.EnumerateFiles(TestData.FromRoot(folder), "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllText)];

    [Test]
    public void A_damaged_chain_file_is_a_chain_or_a_problem() =>
        Damage("chain files", 3_000, [ChainFileTests.Graph, ChainFileTests.Order, .. Files("examples")], text => ChainFile.Parse(text, "chain.yaml", TestData.FromRoot("examples")), @"^chain\.yaml:\d+: ");

    [Test]
    public void A_damaged_card_file_is_a_card_or_a_problem() =>
        Damage("card files", 3_000, [CardFileTests.Everything, .. Files("tests", "data", "objects", "cards")], text => CardFile.Parse(text, "card.yaml", "/folder"), @"^card\.yaml:\d+: ");

    static void Damage<T>(string name, int usual, string[] seeds, Func<string, Result<T>> parse, string place)
    {
        int good = 0, all = 0;
        foreach (ulong number in Fuzz.Seeds(name, usual))
        {
            var random = new SplitMix64(number);
            string text = Mutation.Of(seeds[random.Below(seeds.Length)], seeds[random.Below(seeds.Length)], 1 + random.Below(5), ref random);
            all++;
            Fuzz.Try(name, number, MaxAllocatedBytes, () =>
            {
                if (parse(text).Problem is not { } problem) good++;
                else Assert.That(problem, Has.Property(nameof(Problem.Sentence)).Matches(place).And.Property(nameof(Problem.IsBadInput)).True, $"input {number}");
            });
        }
        if (Fuzz.IsUsual) Assert.That(good, Is.InRange(all / 50, all * 19 / 20), "changes that all break, or none, test little");
    }
}
