using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Elf.Core;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>CO-RE: what becomes of instructions that depend on types. That it is what libbpf makes of them, <see cref="LibbpfAgreementTests"/> says.</summary>
public sealed class TypeRelocationTests
{
    static IEnumerable<string> Builds => TestObjects.Builds;

    static TargetTypes Types(string build) => TargetTypes.LoadFile(TestObjects.PathOf($"core_target.{build}.o")).Value;

    static ObjectSpec Load(string source, string build, TargetTypes? types) =>
        ObjectLoader.LoadFile(TestObjects.PathOf($"{source}.{build}.o"), new() { Types = types }).Value;

    [TestCaseSource(nameof(Builds))]
    public void Without_other_types_the_instructions_stay_as_they_were_compiled(string build)
    {
        foreach (var program in Load("core", build, types: null).Programs)
        {
            Assert.That(program.Problem, Is.Null);
            Assert.That(program.MissingTypes, Is.Empty);
        }
    }

    [TestCaseSource(nameof(Builds))]
    public void What_the_target_types_lack_is_named(string build)
    {
        var missing = Load("core", build, Types(build)).Program("guarded").Value.MissingTypes;
        Assert.That(missing.Select(m => m.What).Distinct().Order(StringComparer.Ordinal), Is.EqualTo(new[]
        {
            "enum state::STATE_GONE", "struct sample.changed_sign", "struct sample.gone", "struct sample___old.renamed",
        }));
        Assert.That(missing.Select(m => m.Slot), Is.Ordered.Ascending);
    }

    [Test]
    public void What_is_reached_without_a_question_is_refused()
    {
        var types = Types("19v3");
        // The target has no struct xdp_md at all.
        Assert.That(ObjectLoader.LoadFile(TestObjects.PathOf("unguarded.19v3.o"), new() { Types = types }).Value.Program("at_once").Problem!.ToString(),
            Is.EqualTo("L53 unguarded-type: unguarded.19v3.o: at_once: instruction 0 needs struct xdp_md___more.nowhere, which the target types do not have, "
                + "and every frame reaches it; ask bpf_core_field_exists() first, or give types that have it (--btf FILE)"));
    }

    [Test]
    public void What_is_reached_behind_a_branch_aborts_the_frame()
    {
        var source = Load("unguarded", "19v3", Types("19v3"));
        using var card = new TestCard(ChainSpec.Single(source, source.Program("behind_a_branch").Value), options: new CardOptions { Target = Targets.Reference, Verifies = false });
        Assert.That(card.Run(new byte[64]).Verdict, Is.EqualTo(new Verdict(XdpAction.Aborted, AbortReason.UnresolvedType)));
    }

    [Test]
    public void A_program_that_asks_first_runs_whatever_is_missing()
    {
        var source = Load("core", "19v3", Types("19v3"));
        using var card = new TestCard(ChainSpec.Single(source, source.Program("guarded").Value));
        Assert.That(card.Run(new byte[512]).Verdict, Is.EqualTo(new Verdict(XdpAction.Tx)));
    }

    [Test]
    public void An_instruction_that_does_not_hold_what_its_types_say_is_refused()
    {
        var file = TestObjects.Bytes("core.19v3.o");
        file[file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x69, 0x13, 4, 0, 0, 0, 0, 0]) + 2] = 6;
        Assert.That(ObjectLoader.Load(file, "x.o").Value.Program("fields").Problem!.ToString(), Is.EqualTo(
            "L52 type-relocation: x.o: fields: instruction 6 (6913060000000000) depends on struct sample.second, which cannot be resolved: "
            + "the instruction does not hold what the object's own types say"));
    }

    [Test]
    public void Types_come_from_BTF_or_from_ELF_and_nothing_else()
    {
        Assert.That(TargetTypes.Load("text"u8.ToArray(), "x").Problem!.ToString(), Is.EqualTo("L39 no-types: x holds no type information: it is neither BTF nor an ELF file"));
        Assert.That(TargetTypes.Load(TestObjects.Bytes("maps.19v3.bare.o"), "x").Problem!.Id, Is.EqualTo("L39"));
        Assert.That(TargetTypes.Load((byte[])[0x9f, 0xeb, 1, 0], "x").Problem!.Id, Is.EqualTo("L30"));
        Assert.That(TargetTypes.LoadFile("/nowhere").Problem!.Id, Is.EqualTo("L10"));
    }
}
