using System.Text;
using Chainring.Kernels;
using Chainring.Kernels.Helpers;
using Chainring.Kernels.Maps;
using Chainring.Kernels.OpenCl;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Kernels;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Offload.Isa;
using Chainring.Tests.Support;
using NUnit.Framework;
using Driver = Chainring.Host.Driver;

namespace Chainring.Tests;

/// <summary>
/// <c>docs/support.md</c>: instruction × backend, helper × backend, map × backend, from the tables that the code itself goes by, and for instructions
/// from running each; what the loader takes, from an object for each. <c>scripts/make-support</c> writes it; without the variable it is compared.
/// </summary>
public sealed class SupportTable
{
    const string Remake = "CHAINRING_REMAKE_SUPPORT";

    static readonly string File = TestData.FromRoot("docs", "support.md");

    [Test]
    public void The_page_says_what_the_code_does()
    {
        string text = Write();
        if (Environment.GetEnvironmentVariable(Remake) == "1") System.IO.File.WriteAllText(File, text);
        Assert.That(System.IO.File.ReadAllText(File), Is.EqualTo(text), "run scripts/make-support");
    }

    static string Write()
    {
        var page = new StringBuilder("""
            # What is supported

            Made by `scripts/make-support` from the tables that the code goes by; a test compares. *yes*: it works as in Linux, and tests show it.
            *refused*: loading says why. What backend opencl
            takes is what it can write for a device; a sample of that runs on one in the tests. Of helpers, those that are missing are in [helpers.md](helpers.md).

            """);
        Section(page, "Instructions", "instruction", Instructions());
        Section(page, "Helpers", "helper", Helpers());
        Section(page, "Kfuncs", "kfunc", HelperTable.All.Where(r => r.Id >= HelperTable.FirstKfunc).Select(r => (r.Name, "yes", OnDevice(r))));
        Section(page, "Maps", "type", Enum.GetValues<MapType>().Where(t => t != MapType.Unspecified).Select(t => (MapSpec.NameOf(t), MapKinds.Types.Contains(t) ? "yes" : "refused: the card has no such map", OnDevice(t))));
        page.Append("""

            ## Loader features

            Each *yes* and each refusal is what the loader does with the object that is named, from `tests/data`.

            | feature | | shown by |
            |---|---|---|

            """);
        foreach (var feature in LoaderFeature.All) page.Append($"| {feature.Name} | {feature.Answer} | {(feature.Object.Length > 0 ? $"`{feature.Object}`" : "")} |\n");
        return page.ToString();
    }

    static IEnumerable<TestCaseData> Features => LoaderFeature.All.Where(f => f.Object.Length > 0).Select(f => new TestCaseData(f).SetArgDisplayNames(f.Name));

    [TestCaseSource(nameof(Features))]
    public void An_object_shows_the_feature(object row)
    {
        var feature = (LoaderFeature)row;
        Assert.That(feature.Check(), Is.Null, feature.Object);
    }

    static void Section(StringBuilder page, string heading, string what, IEnumerable<(string Name, string Answer, string OnDevice)> rows) =>
        Section(page, heading, what, rows.Select(r => (r.Name, Targets.ByName.Select(t => t == Targets.OnDevice ? r.OnDevice : r.Answer).ToArray())));

    static void Section(StringBuilder page, string heading, string what, IEnumerable<(string Name, string[] Answers)> rows)
    {
        string[] backends = [.. Targets.ByName.Select(t => t.Name)];
        page.Append($"\n## {heading}\n\n| {what} | {string.Join(" | ", backends)} |\n|---|{string.Concat(backends.Select(_ => "---|"))}\n");
        foreach (var (name, answers) in rows) page.Append($"| {name} | {string.Join(" | ", answers)} |\n");
    }

    /// <summary>A row per text: the forms of one operation, 32 and 64 bits, from a register and an immediate.</summary>
    static IEnumerable<(string, string[])> Instructions() => InstructionSet.Forms
        .GroupBy(form => form.Meaning.Kind switch
        {
            InstructionKind.Load => $"load: {form.Meaning.Load}",
            InstructionKind.Store => $"store: {form.Meaning.Store}",
            InstructionKind.Alu => $"alu: {form.Meaning.Alu}",
            InstructionKind.Branch => $"jump: {form.Meaning.Compare}",
            InstructionKind.Atomic => $"atomic: {form.Meaning.Atomic}",
            InstructionKind.Call => $"call: {form.Meaning.Call}",
            InstructionKind.LoadConstant => $"64-bit constant: {form.Meaning.Constant}",
            var kind => $"{kind}",
        })
        .Select(rows => ($"{rows.Key} ({rows.Count()} {(rows.Count() == 1 ? "form" : "forms")})", Targets.ByName.Select(target => Answer(target, [.. rows])).ToArray()));

    static string Answer(IKernelTarget target, Form[] forms)
    {
        var meaning = forms[0].Meaning;
        if (meaning.Kind == InstructionKind.LoadConstant && meaning.Constant is not (ConstantKind.Value or ConstantKind.MapByFd or ConstantKind.MapValueByFd or ConstantKind.Code))
            return "refused: only the kernel understands the number";
        bool run = forms.Where(IsaCaseCoverageTests.CanStandAlone).All(form => Runs(target, form));
        return run ? "yes" : "refused";
    }

    /// <summary>By the first case with the form that is safe, where the backend asks for that.</summary>
    static bool Runs(IKernelTarget target, Form form)
    {
        foreach (var one in IsaCase.All.Where(c => c.Body.Any(i => i.Kind != InstructionKind.Continuation && InstructionSet.FormOf(i) == form)))
        {
            if (target == Targets.OnDevice)
            {
                if (Verifier.Verify(Driver.ScalarProgram.Wrap(one.Body, one.Memory.Length), _ => new(Driver.ScalarProgram.Result, default(ReadOnlyMemory<byte>))).Problem is not null) continue;
                return OpenClTarget.WhyNot(new KernelRig(Way.Interpreted, [Driver.ScalarProgram.Wrap(one.Body, one.Memory.Length)], [Driver.ScalarProgram.Result]).Programs[0]) is null;
            }
            var result = Driver.ScalarProgram.Run(target, Encoding(one.Body), one.Memory, xdp: false);
            if (result.Problem is not Rejection) return result.Problem is null && result.Value == one.Result;
        }
        return false;
    }

    static byte[] Encoding(Instruction[] body) => Chainring.Offload.Isa.Encoding.Encode(body);

    static string OnDevice(HelperRow row) => DeviceLimits.Takes(row) ? "yes" : "refused";

    static string OnDevice(MapType type) => !MapKinds.Types.Contains(type) ? "refused: the card has no such map" : DeviceLimits.Takes(type);

    static IEnumerable<(string, string, string)> Helpers() =>
        HelperTable.All.Where(r => r.Id < HelperTable.FirstKfunc).OrderBy(r => r.Id).Select(r => ($"{r.Name} ({r.Id})", HelperBodies.Has(r.Id) ? "yes" : "refused", OnDevice(r)));
}
