using Chainring.Offload.Elf;
using Chainring.Offload.Spec;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Elf;

/// <summary>
/// What is read of the types of global functions. Linux 6.18 takes the programs of <c>global_types.c</c> that call one without a fault, and refuses
/// the others.
/// </summary>
public sealed class GlobalFunctionTests
{
    static readonly Dictionary<string, string> Expected = new()
    {
        ["numbers"] = "Number, Number, Number, Number, MemoryOrNull 16",
        ["contexts"] = "Context, Context, Context, Context",
        ["memory"] = "MemoryOrNull 8, MemoryOrNull 20, Memory 8, MemoryOrNull 8, MemoryOrNull 4",
        ["dynptr"] = "Dynptr, Dynptr",
        ["returns_letter"] = "",
        ["hidden"] = "static",
        ["internal"] = "static",
        ["returns_nothing"] = "it does not return an integer",
        ["returns_pointer"] = "it does not return an integer",
        ["of_unknown"] = "its parameter 2 points to what has no size",
        ["of_nothing"] = "its parameter 1 points to what has no size",
        ["of_pair"] = "its parameter 1 is neither an integer nor a pointer",
        ["of_float"] = "its parameter 1 is neither an integer nor a pointer",
        ["tagged_trusted"] = "its parameter 1 is tagged arg:trusted, which is not supported",
        ["tagged_number"] = "its parameter 1 is tagged arg:nonnull, and is no pointer",
        ["tagged_context"] = "its parameter 1 is tagged arg:nonnull, and is the context",
        ["tagged_dynptr"] = "its parameter 1 is tagged arg:nonnull, and is a dynamic pointer",
        ["tagged_pair"] = "its parameter 1 is tagged arg:ctx, and is no pointer to struct xdp_md",
    };

    [Test]
    public void Types_of_parameters_are_those_that_Linux_goes_by()
    {
        var programs = TestObjects.Load("global_types", "19v3").Programs;
        Assert.That(programs.ToDictionary(p => p.Name["calls_".Length..], p => TextOf(p.Functions[1])), Is.EquivalentTo(Expected));
    }

    [Test]
    public void A_program_is_no_global_function_to_itself() =>
        Assert.That(TestObjects.Load("global_types", "19v3").Programs.Select(p => p.Functions[0].Parameters), Is.All.Null);

    [Test]
    public void Where_nothing_says_which_type_a_function_has_all_are_static()
    {
        byte[] bytes = TestObjects.Bytes("global_types.19v3.o");
        int at = bytes.AsSpan().IndexOf(".BTF.ext"u8);
        ".BTF.not"u8.CopyTo(bytes.AsSpan(at));
        var untyped = ObjectLoader.Load(bytes, "global_types.o").Value;
        Assert.That(untyped.Programs.SelectMany(p => p.Functions).Select(f => f.Parameters), Is.All.Null);
    }

    static string TextOf(FunctionSpec function) => function.Fault
        ?? (function.Parameters is { } parameters ? string.Join(", ", parameters.Select(p => p.Bytes == 0 ? $"{p.Kind}" : $"{p.Kind} {p.Bytes}")) : "static");
}
