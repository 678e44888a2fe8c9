using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using Chainring.Nic.Wire;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Control;

/// <summary>Damaged requests to a running card are answered with one line: no exception, no hang, no memory to speak of; and the card goes on.</summary>
[Category(Fuzz.Category), Platform("Linux"), SupportedOSPlatform("linux")]
public sealed class ControlFuzzTests
{
    const string Chain = """
        programs: { firewall: { object: firewall.o }, counter: { object: counter.o } }
        entry: firewall
        edges: { firewall: { pass: counter } }
        """;

    static readonly string[] Seeds =
    [
        """{"chainring":1,"command":"status"}""",
        """{"chainring":1,"command":"chain-show"}""",
        $$"""{"chainring":1,"command":"chain-set","file":"{{TestData.FromRoot("examples", "firewall-then-count.yaml")}}"}""",
        $$"""{"chainring":1,"command":"chain-insert","stage":"x","object":"{{TestData.FromRoot("examples", "pass.o")}}","before":"counter","actions":["pass","drop"]}""",
        """{"chainring":1,"command":"chain-remove","stage":"x"}""",
        """{"chainring":1,"command":"chain-remove","stage":"firewall","expected_revision":7}""",
        $$"""{"chainring":1,"command":"chain-replace","stage":"counter","object":"{{TestData.FromRoot("examples", "counter.o")}}","program":"xdp_counter"}""",
        $$"""{"chainring":1,"command":"load","ports":["eth0","eth1"],"object":"{{TestData.FromRoot("examples", "drop.o")}}","priority":10,"actions":["XDP_PASS"]}""",
        """{"chainring":1,"command":"unload","ports":["eth0","eth1"],"id":3}""",
        """{"chainring":1,"command":"unload","ports":["eth0","eth1"],"all":true}""",
        """{"chainring":1,"command":"map-list"}""",
        """{"chainring":1,"command":"map-dump","name":"blocked_ports"}""",
        """{"chainring":1,"command":"map-lookup","name":"firewall.blocked_ports","key":"0035"}""",
        """{"chainring":1,"command":"map-update","id":1,"key":"0050","value":"0000000000000000","flags":"noexist"}""",
        """{"chainring":1,"command":"map-delete","id":1,"key":"0050"}""",
        """{"chainring":1,"command":"prog-list"}""",
        """{"chainring":1,"command":"prog-dump","id":2}""",
    ];

    [Test]
    public void A_damaged_request_is_answered_with_one_line()
    {
        const string name = "requests to a card";
        const int usual = 2_000, maxAllocatedBytes = 32 << 20;
        using var card = new ControlledCard(ControlledCard.Silence, ControlledCard.Chain(Chain));
        int good = 0, all = 0;
        foreach (ulong number in Fuzz.Seeds(name, usual))
        {
            var random = new SplitMix64(number);
            string seed = Seeds[random.Below(Seeds.Length)], other = Seeds[random.Below(Seeds.Length)];
            byte[] line = random.Below(3) == 0
                ? Mutation.Of(Encoding.UTF8.GetBytes(seed), Encoding.UTF8.GetBytes(other), random.Below(4), ref random)
                : Encoding.UTF8.GetBytes(Mutation.Of(seed, other, random.Below(3), ref random));
            all++;
            Fuzz.Try(name, number, maxAllocatedBytes, () =>
            {
                byte[] answer = card.Commands.Answer(line, out _);
                var read = JsonNode.Parse(answer)!;
                Assert.That(answer, Has.None.EqualTo((byte)'\n'), $"input {number}");
                if ((bool)read["ok"]!) good++;
                else Assert.That((string)read["problem"]!["sentence"]!, Is.Not.Empty, $"input {number}");
            });
            // What empties the chain would leave nothing to change.
            if (number % 16 == 0) Assert.That(card.Session.Reload(ControlledCard.Chain(Chain)), Is.Null);
        }
        Assert.That(card.Session.Stop().Drops, Is.Empty);
        if (Fuzz.IsUsual) Assert.That(good, Is.InRange(all / 50, all * 19 / 20), "changes that all break, or none, test little");
    }
}
