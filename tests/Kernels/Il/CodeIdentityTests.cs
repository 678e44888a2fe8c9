using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Nic;
using Chainring.Offload.Spec;
using Chainring.Tests.Nic;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Il;

/// <summary>A program from which no code leads on runs as the very same code as without any chain support, however it came to be there.</summary>
public sealed class CodeIdentityTests
{
    readonly SmartNic _card = new(new CardOptions { Target = new IlTarget(), Capabilities = new() { Queues = 2 } });
    LoadedProgram _program = null!, _other = null!;

    [OneTimeSetUp]
    public void TwoPrograms()
    {
        _program = Load("first", 2);
        _other = Load("second", 1);
    }

    LoadedProgram Load(string name, int code) => _card.Load(ProgramText.Program(name, $"r0 = {code}\nexit"), _ => throw new InvalidOperationException()).Value;

    static CompiledChain CodeOf(IKernel kernel) => ((IlKernel)kernel).Compiled;

    CompiledChain Alone => CodeOf(new IlTarget().Compile(Chain.Of(_program), new(_card.Maps, 0, 0, CardClock.Capture)));

    static IEnumerable<TestCaseData> Ways()
    {
        yield return Way("without a table", (_, p, _) => InstallRequest.Attach(p, null));
        yield return Way("with an empty table", (card, p, _) => InstallRequest.Attach(p, card.CreateTable(4, false).Value));
        yield return Way("with an empty table and the previous verdict", (card, p, _) => InstallRequest.Attach(p, card.CreateTable(4, true).Value));
        yield return Way("with a table in which it has no entry", (card, p, other) =>
        {
            var table = card.CreateTable(4, false).Value;
            Assert.That(table.Update(other.Id, new(0, Pass: p.Id)), Is.Null);
            return InstallRequest.Attach(p, table);
        });
        yield return Way("with a table from which its entry was deleted", (card, p, other) =>
        {
            var table = card.CreateTable(4, false).Value;
            Assert.That(table.Update(p.Id, new(0, Pass: other.Id)), Is.Null);
            Assert.That(table.Delete(p.Id), Is.Null);
            return InstallRequest.Attach(p, table);
        });

        static TestCaseData Way(string name, Func<SmartNic, LoadedProgram, LoadedProgram, InstallRequest> request) => new TestCaseData(request).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Ways))]
    public void A_program_by_itself_is_the_same_code_however_it_is_installed(Func<SmartNic, LoadedProgram, LoadedProgram, InstallRequest> request)
    {
        Assert.That(_card.Install(request(_card, _program, _other)), Is.Null);
        for (int cpu = 0; cpu < 2; cpu++) Assert.That(CodeOf(_card.Kernel(cpu)!), Is.SameAs(Alone), $"CPU {cpu}");
        Assert.That(_card.Install(InstallRequest.Detach()), Is.Null);
    }

    [Test]
    public void It_is_again_the_same_code_when_its_entry_in_the_table_is_gone()
    {
        var table = _card.CreateTable(4, false).Value;
        Assert.That(_card.Install(InstallRequest.Attach(_program, table)), Is.Null);
        Assert.That(table.Update(_program.Id, new(0, Pass: _other.Id)), Is.Null);
        Assert.That(CodeOf(_card.Kernel()!), Is.Not.SameAs(Alone), "two programs are other code");
        Assert.That(table.Delete(_program.Id), Is.Null);
        Assert.That(CodeOf(_card.Kernel()!), Is.SameAs(Alone));
        Assert.That(_card.Install(InstallRequest.Detach()), Is.Null);
    }

    [Test]
    public void A_chain_file_of_one_program_is_the_same_code()
    {
        using var card = new TestCard(ChainFile.Load(TestData.Path("objects", "ctx-fields.yaml")).Value, new IlTarget());
        var kernel = card.Card.Kernel()!;
        Assert.That(kernel.Chain.Stages, Has.Count.EqualTo(1));
        Assert.That(CodeOf(kernel), Is.SameAs(CompiledChain.Of(card.Chain.Members[0])));
    }
}
