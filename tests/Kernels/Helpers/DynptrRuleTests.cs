using System.Text.RegularExpressions;
using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Interpreter;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>
/// What programs may do with dynamic pointers and with the keys of elements they are called back for: what the kernel's verifier refuses is a
/// violation on the card, and what it lets through is none.
/// </summary>
public sealed partial class DynptrRuleTests
{
    const string Value = "r1 = value(array)\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -16\ncall 197\n";
    const string Frame = "r1 = r6\nr2 = 0\nr3 = r10\nr3 += -16\ncall from_xdp\n";
    const string Record = "r1 = map(ring)\nr2 = 16\nr3 = 0\nr4 = r10\nr4 += -16\ncall 198\n";
    const string Submit = "r1 = r10\nr1 += -16\nr2 = 0\ncall 199\n";
    const string Size = "r1 = r10\nr1 += -16\ncall size\n";
    const string Clone = "r1 = r10\nr1 += -16\nr2 = r10\nr2 += -32\ncall clone\n";
    const string Slice = "r1 = r10\nr1 += -16\nr2 = 0\nr3 = 0\nr4 = 8\ncall slice\nif r0 == 0 goto out\n";
    const string Data = "r1 = r10\nr1 += -16\nr2 = 0\nr3 = 8\ncall 203\nr7 = r0\nif r0 == 0 goto out\n";
    const string Elements = "r1 = map(hash)\nr2 = code_addr(element)\nr3 = 0\nr4 = 0\ncall 164\nr0 = 2\nexit\nelement:\n";

    [OneTimeSetUp]
    public void NeedsTheKernel()
    {
        Libbpf.Require();
        OracleAvailability.Require();
    }

    static readonly Rule[] Rules =
    [
        new("used after it was made", Value + Size),
        new("never made", Size, "Expected an initialized dynptr", AbortReason.HelperArgument),
        new("a number in place of it", Value + "r1 = 8\ncall size", "", AbortReason.HelperArgument),
        new("memory of a map in place of it", Value + "r1 = value(array)\ncall size", "", AbortReason.HelperArgument),
        new("its second half in place of it", Value + "r1 = r10\nr1 += -8\ncall size", "", AbortReason.HelperArgument),
        new("read", Value + "r0 = *(u64 *)(r10 - 16)", "invalid read from stack", AbortReason.DynptrAccess),
        new("read in part", Value + "r0 = *(u8 *)(r10 - 1)", "invalid read from stack", AbortReason.DynptrAccess),
        new("read beside", Value + "*(u64 *)(r10 - 24) = 1\nr0 = *(u64 *)(r10 - 24)"),
        new("changed by an atomic", Value + "r1 = 1\nlock *(u64 *)(r10 - 8) += r1", "invalid read from stack", AbortReason.DynptrAccess),
        new("stored over, and then used", Value + "*(u64 *)(r10 - 8) = 1\n" + Size, "Expected an initialized dynptr", AbortReason.HelperArgument),
        new("a byte of it stored over, and then used", Value + "*(u8 *)(r10 - 16) = 1\n" + Size, "Expected an initialized dynptr", AbortReason.HelperArgument),
        new("stored over, and its place then read", Value + "*(u64 *)(r10 - 8) = 1\n*(u64 *)(r10 - 16) = 1\nr0 = *(u64 *)(r10 - 8)"),
        new("stored beside, and then used", Value + "*(u64 *)(r10 - 24) = 1\n" + Size),
        new("made again over itself", Value + Value + Size),
        new("another made over a part of it", Value + "r1 = value(array)\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -24\ncall 197\n" + Size, "Expected an initialized dynptr", AbortReason.HelperArgument),
        new("read by a helper", Value + "r1 = r10\nr1 += -16\nr2 = 16\nr3 = 0\nr4 = 0\nr5 = 0\ncall 28", "invalid read from stack", AbortReason.DynptrAccess),
        new("written by a helper", Value + "r1 = r6\nr2 = 0\nr3 = r10\nr3 += -24\nr4 = 16\ncall 189", "potential write to dynptr", AbortReason.DynptrAccess),
        new("made at the top and at the bottom of the stack", Value + "r1 = value(array)\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -512\ncall 197\n" + Size),
        new("made at no multiple of 8", "r1 = value(array)\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -20\ncall 197", "cannot pass in dynptr at an offset", AbortReason.HelperArgument),
        new("made over the top of the stack", "r1 = value(array)\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -8\ncall 197", "", AbortReason.HelperArgument),
        new("made below the stack", "r1 = value(array)\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -520\ncall 197", "invalid write to stack", AbortReason.HelperArgument),
        new("made in a map value", "r1 = value(array)\nr2 = 8\nr3 = 0\nr4 = value(per_hash)\ncall 197", "", AbortReason.HelperArgument),
        new("of the stack", "*(u64 *)(r10 - 24) = 0\nr1 = r10\nr1 += -24\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -16\ncall 197", "Unsupported reg type fp", AbortReason.HelperArgument),
        new("of the frame's bytes", "r1 = r8\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -16\ncall 197", "", AbortReason.HelperArgument),
        new("of a value that programs cannot write", "r1 = value(read_only)\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -16\ncall 197", "write into map forbidden", AbortReason.MapReadOnly),
        new("of more than the value", "r1 = value(array) + 8\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -16\ncall 197", "invalid access to map value", AbortReason.MapValueBounds),
        new("made in a caller's stack", "r1 = r10\nr1 += -16\ncall make\n" + Size + "r0 = 2\nexit\nmake:\nr4 = r1\nr1 = value(array)\nr2 = 8\nr3 = 0\ncall 197\nr0 = 0\nexit"),
        new("gone with the function that made it", "call make\n" + Size + "r0 = 2\nexit\nmake:\n" + Value + "r0 = 0\nexit", "Expected an initialized dynptr", AbortReason.HelperArgument),

        new("a record submitted", Record + Submit),
        new("a record kept", Record, "Unreleased reference", AbortReason.RecordKept),
        new("a record for which there was no room, kept", Record.Replace("r2 = 16", "r2 = 9999"), "Unreleased reference", AbortReason.RecordKept),
        new("a record for which there was no room, submitted", Record.Replace("r2 = 16", "r2 = 9999") + Submit),
        new("a record submitted twice", Record + Submit + Submit, "", AbortReason.HelperArgument),
        new("a value submitted", Value + Submit, "", AbortReason.HelperArgument),
        new("a record's pointer stored over", Record + "*(u64 *)(r10 - 8) = 0\n" + Submit, "cannot overwrite referenced dynptr", AbortReason.DynptrAccess),
        new("a record's pointer made anew", Record + Record + Submit, "cannot overwrite referenced dynptr", AbortReason.DynptrAccess),
        new("a record's pointer used after its submission", Record + Submit + Size, "Expected an initialized dynptr", AbortReason.HelperArgument),
        new("a record's place reused after its submission", Record + Submit + Value + Size),
        new("a clone submitted", Record + Clone + Submit.Replace("-16", "-32")),
        new("a clone used after the submission", Record + Clone + Submit + Size.Replace("-16", "-32"), "Expected an initialized dynptr", AbortReason.HelperArgument),
        new("both submitted", Record + Clone + Submit + Submit.Replace("-16", "-32"), "", AbortReason.HelperArgument),
        new("a record's bytes after its submission", Record + Data.Replace("goto out", "goto end") + Submit + "r0 = *(u8 *)(r7 + 0)\ngoto out\nend:\n" + Submit, "invalid mem access", AbortReason.RecordBounds),
        new("a record's bytes submitted", Record + Data.Replace("goto out", "goto end") + "r1 = r7\nr2 = 0\ncall 132\ngoto out\nend:\n" + Submit, "", AbortReason.RecordBounds),
        new("a record's adjusted pointer submitted", Record + "r1 = r10\nr1 += -16\nr2 = 4\nr3 = 8\ncall adjust\n" + Submit),

        new("a slice read", Frame + Slice + "r1 = *(u64 *)(r0 + 0)"),
        new("a slice written", Frame + Slice + "*(u64 *)(r0 + 0) = 1", "cannot write into rdonly_mem", AbortReason.SliceReadOnly),
        new("a slice of a value written", Value + Slice + "*(u64 *)(r0 + 0) = 1", "cannot write into rdonly_mem", AbortReason.SliceReadOnly),
        new("a slice of a record written", Record + Slice.Replace("goto out", "goto end") + "*(u64 *)(r0 + 0) = 1\nend:\n" + Submit, "cannot write into rdonly_mem", AbortReason.SliceReadOnly),
        new("a slice written by a helper", Frame + Slice + "r1 = r6\nr2 = 0\nr3 = r0\nr4 = 8\ncall 189", "", AbortReason.SliceReadOnly),
        new("a writable slice written", Frame + Slice.Replace("call slice", "call slice_rdwr") + "r1 = *(u8 *)(r0 + 0)\n*(u8 *)(r0 + 0) = r1"),
        new("bytes of a frame without a slice", Frame + Data + "*(u8 *)(r0 + 0) = 1"),

        new("a key read", Elements + "r0 = *(u32 *)(r2 + 0)\nr0 = 0\nexit"),
        new("a key read beyond", Elements + "r0 = *(u32 *)(r2 + 1)\nr0 = 0\nexit", "invalid access to map key", AbortReason.MapKeyBounds),
        new("a key written", Elements + "*(u32 *)(r2 + 0) = 1\nr0 = 0\nexit", "write to change key", AbortReason.MapKeyReadOnly),
        new("a key given to a helper", Elements + "r1 = map(spare)\ncall 3\nr0 = 0\nexit"),
        new("elements with more than the stack", Elements.Replace("r3 = 0", "r3 = r8") + "r0 = 0\nexit", "", AbortReason.HelperArgument),
        new("elements of a queue", Elements.Replace("map(hash)", "map(queue)") + "r0 = 0\nexit", "", AbortReason.HelperArgument),
        new("elements of a prefix tree", Elements.Replace("map(hash)", "map(prefixes)") + "r0 = 0\nexit", "", AbortReason.HelperArgument),
        new("elements of a prog array", Elements.Replace("map(hash)", "map(programs)") + "r0 = 0\nexit", "", AbortReason.HelperArgument),
        new("elements of a map of maps", Elements.Replace("map(hash)", "map(outer)") + "r0 = 0\nexit", "", AbortReason.HelperArgument),
        new("elements of a hash of devices", Elements.Replace("map(hash)", "map(devices)") + "r0 = 0\nexit", "", AbortReason.HelperArgument),
        new("elements of a map that programs cannot write", Elements.Replace("map(hash)", "map(read_only)") + "r0 = 0\nexit"),
    ];

    static IEnumerable<TestCaseData> Cases => Rules.Select(r => new TestCaseData(r).SetArgDisplayNames(r.What));

    static IReadOnlyList<MapSpec> Maps { get; } =
    [
        .. ViolationCase.Maps.Select(m => m.Type == MapType.Array ? m with { MaxEntries = 1 } : m),
        SomeMap.Of(MapType.Array, "per_hash", entries: 1) with { ValueSize = 16 },
        SomeMap.Of(MapType.Hash, "spare"),
        SomeMap.Of(MapType.LpmTrie, "prefixes"),
        SomeMap.Of(MapType.DevMapHash, "devices"),
    ];

    /// <param name="What">The pointer is that at -16 on the stack, or what is said.</param>
    /// <param name="Text">Begins with the context in r6 and data in r8, of a frame of 64 bytes; ends at <c>out</c>.</param>
    /// <param name="Refused">What the verifier says, or a part of it; null if it lets the program through.</param>
    public sealed record Rule(string What, string Text, string? Refused = null, AbortReason Reason = AbortReason.None);

    [TestCaseSource(nameof(Cases))]
    public void What_the_kernel_refuses_is_a_violation(object one)
    {
        var rule = (Rule)one;
        string body = KfuncNames().Replace(rule.Text, m => $"call kfunc {HelperTable.FindKfunc("bpf_dynptr_" + m.Groups[1].Value)!.Id}");
        string end = body.Contains("\nexit", StringComparison.Ordinal) ? "" : "\nout:\nr0 = 2\nexit";
        var program = ProgramText.Program("rule", $"""
            {KernelRig.Prologue}
            r6 = r1
            r8 = r2
            r0 = 2
            r4 = r2
            r4 += 8
            if r4 > r3 goto none
            goto go
            none:
            exit
            go:
            {body}{end}
            """);
        Assert.That(RefusalOf(program), rule.Refused is null ? Is.Null : Does.Contain(rule.Refused), "the kernel");

        foreach (var target in rule.Refused is null ? Targets.All : Targets.Checking)
        {
            var rig = new KernelRig(target, [program], Maps, cpus: 2);
            rig.Map("hash").UpdateAll(new byte[4], new byte[12], 0);
            rig.Map("spare").UpdateAll(new byte[4], new byte[4], 0);
            var batch = KernelRig.Batch();
            rig.Kernel.Run(batch);
            Assert.That(batch.Verdicts[1], Is.EqualTo(new Verdict(rule.Refused is null ? XdpAction.Pass : XdpAction.Aborted, rule.Reason)));
        }
    }

    static string? RefusalOf(ProgramSpec program)
    {
        var maps = Maps.ToDictionary(m => m.Name, m => new Lazy<KernelMap>(() => new KernelMap(m.Type == MapType.ArrayOfMaps ? m with { Inner = SomeMap.Of(MapType.Array) } : m)));
        try
        {
            new KernelProgram(program, name => maps[name].Value).Dispose();
            return null;
        }
        catch (BpfException e)
        {
            return e.Message;
        }
        finally
        {
            foreach (var map in maps.Values.Where(m => m.IsValueCreated)) map.Value.Dispose();
        }
    }

    [GeneratedRegex(@"call ([a-z]\w+)(?=\n|$)(?<!call make)")]
    private static partial Regex KfuncNames();
}
