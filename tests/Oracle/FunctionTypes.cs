using System.Globalization;
using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;

namespace Chainring.Tests.Oracle;

/// <summary>
/// The least BTF with which the kernel admits tail calls in functions: each one is static and returns int, unless it is said to be global.
/// </summary>
static class FunctionTypes
{
    const uint Magic = 0xeb9f, Version = 1, HeaderBytes = 24;
    const uint IntId = 1, ContextId = 2, ContextPointerId = 3, PrototypeId = 4, FirstFunctionId = 5;
    const uint IntKind = 1u << 24, PointerKind = 2u << 24, ArrayKind = 3u << 24, StructKind = 4u << 24, FunctionKind = 12u << 24, PrototypeKind = 13u << 24, FloatKind = 16u << 24, TagKind = 17u << 24;
    const uint Signed32 = 1u << 24 | 32, GlobalLinkage = 1, DynptrBytes = 16;

    /// <summary>Header, types, strings (Documentation/bpf/btf.rst).</summary>
    /// <param name="globals">The arguments of each global function, as in <c>tests/data/verifier</c>.</param>
    public static byte[] Btf(IReadOnlyList<FunctionSpec> functions, IReadOnlyDictionary<string, IReadOnlyList<string>>? globals = null)
    {
        using var types = new MemoryStream();
        using var behind = new MemoryStream();
        using var strings = new MemoryStream();
        strings.WriteByte(0);
        uint argument = Name(strings, "argument"), next = FirstFunctionId + (uint)functions.Count;
        Words(types, Name(strings, "int"), IntKind, sizeof(int), Signed32);
        Words(types, Name(strings, "xdp_md"), StructKind, 0);
        Words(types, 0, PointerKind, ContextId);
        Words(types, 0, PrototypeKind, IntId);
        for (int n = 0; n < functions.Count; n++)
        {
            var function = functions[n];
            bool isGlobal = globals?.ContainsKey(function.Name) ?? false;
            uint prototype = isGlobal ? Prototype(behind, strings, ref next, argument, FirstFunctionId + (uint)n, globals![function.Name]) : PrototypeId;
            Words(types, Name(strings, function.Name), FunctionKind | (isGlobal ? GlobalLinkage : 0), prototype);
        }
        behind.WriteTo(types);

        using var all = new MemoryStream();
        Words(all, Magic | Version << 16, HeaderBytes, 0, (uint)types.Length, (uint)types.Length, (uint)strings.Length);
        types.WriteTo(all);
        strings.WriteTo(all);
        return all.ToArray();
    }

    /// <summary>Where each function starts, with its type in <see cref="Btf"/>.</summary>
    public static FunctionInfo[] Info(IReadOnlyList<FunctionSpec> functions) =>
        [.. functions.Select((f, at) => new FunctionInfo((uint)f.Start, FirstFunctionId + (uint)at))];

    /// <summary>The arguments of the global functions of a program, as <see cref="Btf"/> takes them.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> GlobalsOf(ProgramSpec program) =>
        program.Functions.Where(f => f.Parameters is not null).DistinctBy(f => f.Name).ToDictionary(f => f.Name, f => (IReadOnlyList<string>)[.. f.Parameters!.Select(TextOf)]);

    static string TextOf(ParameterSpec parameter) => parameter.Kind switch
    {
        ParameterKind.Number => "int",
        ParameterKind.Context => "ctx",
        ParameterKind.Dynptr => "dynptr",
        ParameterKind.Memory => $"{VerifierCase.NeverNull}{parameter.Bytes}",
        _ => $"{parameter.Bytes}",
    };

    /// <summary>A function of such arguments, behind what they point to and what its parameters are tagged with.</summary>
    static uint Prototype(MemoryStream types, MemoryStream strings, ref uint next, uint argument, uint function, IReadOnlyList<string> arguments)
    {
        var ids = new List<uint>();
        foreach (string type in arguments)
        {
            if (type.StartsWith(VerifierCase.NeverNull, StringComparison.Ordinal))
            {
                Words(types, Name(strings, "arg:nonnull"), TagKind, function, (uint)ids.Count);
                next++;
            }
            ids.Add(type switch
            {
                "int" => IntId,
                "ctx" => ContextPointerId,
                "float" => Float(types, strings, ref next),
                "dynptr" => PointerToDynptr(types, strings, ref next),
                _ => PointerToWords(types, ref next, argument, uint.Parse(type.Split(':')[^1], CultureInfo.InvariantCulture)),
            });
        }
        Words(types, [0, PrototypeKind | (uint)ids.Count, IntId, .. ids.SelectMany(id => new[] { argument, id })]);
        return next++;
    }

    /// <summary>An array of words, a structure around it, and a pointer to that.</summary>
    static uint PointerToWords(MemoryStream types, ref uint next, uint member, uint bytes)
    {
        Words(types, 0, ArrayKind, 0, IntId, IntId, bytes / sizeof(int));
        Words(types, member, StructKind | 1, bytes, member, next, 0);
        Words(types, 0, PointerKind, next + 1);
        next += 3;
        return next - 1;
    }

    static uint Float(MemoryStream types, MemoryStream strings, ref uint next)
    {
        Words(types, Name(strings, "float"), FloatKind, sizeof(float));
        return next++;
    }

    static uint PointerToDynptr(MemoryStream types, MemoryStream strings, ref uint next)
    {
        Words(types, Name(strings, "bpf_dynptr"), StructKind, DynptrBytes);
        Words(types, 0, PointerKind, next);
        next += 2;
        return next - 1;
    }

    static uint Name(MemoryStream strings, string name)
    {
        uint at = (uint)strings.Length;
        strings.Write(System.Text.Encoding.UTF8.GetBytes(name + '\0'));
        return at;
    }

    static void Words(MemoryStream stream, params ReadOnlySpan<uint> words)
    {
        foreach (uint word in words) stream.Write(BitConverter.GetBytes(word));
    }
}
