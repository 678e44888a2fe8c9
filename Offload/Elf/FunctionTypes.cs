using Chainring.Offload.Spec;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

/// <summary>
/// What is said of the types of an object's functions, by section and place: which are global, so that Linux verifies them by the types of their
/// parameters (btf_prepare_func_args in kernel/bpf/btf.c). A damaged table is none, as to libbpf.
/// </summary>
/// <remarks><code>
/// record   instruction 0   type 4
/// </code></remarks>
sealed class FunctionTypes
{
    const int RecordBytes = 8, MaxFunctions = 1 << 20, MaxParameters = 5;
    const string TagPrefix = "arg:", Context = "xdp_md", Dynptr = "bpf_dynptr";

    readonly Btf _btf;
    readonly Dictionary<(int Section, uint Start), uint> _byPlace = [];
    readonly Dictionary<(uint Function, uint Parameter), List<string>> _tags = [];

    FunctionTypes(Btf btf)
    {
        _btf = btf;
        foreach (var (text, function, parameter) in btf.ParameterTags())
        {
            if (!text.StartsWith(TagPrefix, StringComparison.Ordinal)) continue;
            if (!_tags.TryGetValue((function, parameter), out var texts)) _tags.Add((function, parameter), texts = []);
            texts.Add(text[TagPrefix.Length..]);
        }
    }

    public static FunctionTypes Read(ElfImage image, Btf btf)
    {
        var types = new FunctionTypes(btf);
        foreach (var (section, record) in BtfExtension.Read(image, btf, BtfExtension.Functions, RecordBytes, MaxFunctions, out _) ?? [])
            types._byPlace.TryAdd((section, ReadUInt32LittleEndian(record.Span)), ReadUInt32LittleEndian(record.Span[4..]));
        return types;
    }

    /// <summary>Without places: types are given with each function.</summary>
    public static FunctionTypes Of(Btf btf) => new(btf);

    /// <summary>The number of that function's type; null if the object says nothing of it. If not of a program's own, libbpf tells Linux of none.</summary>
    public uint? TypeOf(ElfFunction function) => _byPlace.TryGetValue((function.Section, (uint)function.Start), out uint id) ? id : null;

    /// <summary>The function with its parameters, if it is global. What is hidden libbpf makes static.</summary>
    public FunctionSpec Typed(FunctionSpec spec, ElfFunction function) => function.IsHidden || TypeOf(function) is not { } id ? spec : Typed(spec, id);

    /// <summary>A function of that type, with its parameters if it is global.</summary>
    public FunctionSpec Typed(FunctionSpec spec, uint id)
    {
        if (_btf.Find(id) is not { } type || !Btf.IsGlobal(type)) return spec;
        if (_btf.Find(type.SizeOrType) is not { Kind: BtfKind.FunctionPrototype } prototype) return spec with { Parameters = [], Fault = "its type is damaged" };
        if (prototype.Count > MaxParameters) return spec with { Parameters = [], Fault = $"it has {prototype.Count} parameters, more than {MaxParameters}" };
        if (!IsNumber(prototype.SizeOrType)) return spec with { Parameters = [], Fault = "it does not return an integer" };
        var parameters = new ParameterSpec[prototype.Count];
        for (int n = 0; n < parameters.Length; n++)
        {
            if (ReadParameter(type.Id, prototype, n, out parameters[n]) is { } fault) return spec with { Parameters = [], Fault = $"its parameter {n + 1} {fault}" };
        }
        return spec with { Parameters = parameters };
    }

    /// <summary>Null, or why there can be no such parameter.</summary>
    string? ReadParameter(uint function, in BtfType prototype, int index, out ParameterSpec parameter)
    {
        parameter = default;
        List<string> tags = _tags.TryGetValue((function, (uint)index), out var texts) ? texts : [];
        if (tags.Find(t => t is not ("ctx" or "nonnull")) is { } other) return $"is tagged {TagPrefix}{other}, which is not supported";
        bool isTagged = tags.Count > 0;
        uint id = _btf.ParameterAt(prototype, index);
        if (_btf.Strip(id) is not { Kind: BtfKind.Pointer } pointer)
        {
            if (isTagged) return $"is tagged {TagPrefix}{tags[0]}, and is no pointer";
            return IsNumber(id) ? null : "is neither an integer nor a pointer";
        }
        var target = _btf.Strip(pointer.SizeOrType);
        string? name = target is { } named ? _btf.NameOf(named) : null;
        bool isContext = target is { IsComposite: true } && name == Context;
        if (isContext || tags.Contains("ctx"))
        {
            if (tags.Contains("nonnull")) return $"is tagged {TagPrefix}nonnull, and is the context";
            if (!isContext && target is not { Kind: BtfKind.Void }) return $"is tagged {TagPrefix}ctx, and is no pointer to struct {Context}";
            parameter = new(ParameterKind.Context);
            return null;
        }
        if (name == Dynptr && target is { IsComposite: true } or { Kind: BtfKind.Forward, Flag: false })
        {
            if (isTagged) return $"is tagged {TagPrefix}{tags[0]}, and is a dynamic pointer";
            parameter = new(ParameterKind.Dynptr);
            return null;
        }
        if (_btf.SizeOf(pointer.SizeOrType) is not { } size || size > int.MaxValue) return "points to what has no size";
        parameter = new(isTagged ? ParameterKind.Memory : ParameterKind.MemoryOrNull, (int)size);
        return null;
    }

    bool IsNumber(uint type) => _btf.Strip(type) is { } stripped && (stripped.Kind == BtfKind.Int || stripped.IsEnumeration);
}
