using System.Globalization;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Oracle;

/// <summary>
/// The least BTF with which the kernel admits tail calls in functions: each one is static and returns int, unless it is said to be global.
/// What the object file says of their types is not asked.
/// </summary>
static class FunctionTypes
{
    const uint Magic = 0xeb9f, Version = 1, HeaderBytes = 24;
    const uint IntId = 1, ContextId = 2, ContextPointerId = 3, PrototypeId = 4, FirstFunctionId = 5;
    const uint IntKind = 1u << 24, PointerKind = 2u << 24, ArrayKind = 3u << 24, StructKind = 4u << 24, FunctionKind = 12u << 24, PrototypeKind = 13u << 24;
    const uint Signed32 = 1u << 24 | 32, GlobalLinkage = 1;

    /// <summary>Header, types, strings (Documentation/bpf/btf.rst).</summary>
    /// <param name="globals">The arguments of each global function: <c>int</c>, <c>ctx</c>, or a number for a pointer to that many bytes.</param>
    public static byte[] Btf(IReadOnlyList<FunctionSpec> functions, IReadOnlyDictionary<string, IReadOnlyList<string>>? globals = null)
    {
        using var types = new MemoryStream();
        using var strings = new MemoryStream();
        strings.WriteByte(0);
        uint function = Name(strings, "int"), context = Name(strings, "xdp_md"), argument = Name(strings, "argument");
        Words(types, function, IntKind, sizeof(int), Signed32);
        Words(types, context, StructKind, 0);
        Words(types, 0, PointerKind, ContextId);
        Words(types, 0, PrototypeKind, IntId);
        uint next = FirstFunctionId + (uint)functions.Count;
        using var more = new MemoryStream();
        foreach (var f in functions)
        {
            if (globals is null || !globals.TryGetValue(f.Name, out var arguments))
            {
                Words(types, Name(strings, f.Name), FunctionKind, PrototypeId);
                continue;
            }
            uint[] ids = [.. arguments.Select(a => a switch
            {
                "int" => IntId,
                "ctx" => ContextPointerId,
                _ => Memory(more, ref next, argument, uint.Parse(a, CultureInfo.InvariantCulture)),
            })];
            Words(types, Name(strings, f.Name), FunctionKind | GlobalLinkage, next++);
            Words(more, [0, PrototypeKind | (uint)ids.Length, IntId, .. ids.SelectMany(id => new[] { argument, id })]);
        }
        more.WriteTo(types);

        using var all = new MemoryStream();
        Words(all, Magic | Version << 16, HeaderBytes, 0, (uint)types.Length, (uint)types.Length, (uint)strings.Length);
        types.WriteTo(all);
        strings.WriteTo(all);
        return all.ToArray();
    }

    /// <summary>Where each function starts, with its type in <see cref="Btf"/>.</summary>
    public static FunctionInfo[] Info(IReadOnlyList<FunctionSpec> functions) =>
        [.. functions.Select((f, at) => new FunctionInfo((uint)f.Start, FirstFunctionId + (uint)at))];

    /// <summary>A pointer to a structure of words.</summary>
    static uint Memory(MemoryStream types, ref uint next, uint member, uint bytes)
    {
        Words(types, 0, ArrayKind, 0, IntId, IntId, bytes / sizeof(int));
        Words(types, member, StructKind | 1, bytes, member, next, 0);
        Words(types, 0, PointerKind, next + 1);
        next += 3;
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
