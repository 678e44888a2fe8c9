using System.Globalization;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>A second kernel, which notes the keys that each frame will use, and changes nothing.</summary>
sealed partial class DeviceEmitter
{
    /// <summary>What is written is that kernel.</summary>
    bool _findsKeys;

    /// <summary>A frame may be where it does not go, so that what is loaded from it may not be there.</summary>
    bool _mayBeOff;

    /// <summary>Its blocks.</summary>
    string FindKeys()
    {
        _parts.UnionWith(["hash", "note"]);
        _findsKeys = true;
        for (int n = 0; n < _blocks.Count; n++)
        {
            if (_run.Keys!.IsNeeded(_blocks[n])) FindKeys(n, _run.Keys);
        }
        (_findsKeys, _mayBeOff) = (false, false);
        return Labelled();
    }

    void Keys(string body)
    {
        _text.Append('\n');
        Begin(DeviceSource.KeysEntry);
        if (_shape != DeviceShape.Predicated) DeclareWays();
        _text.Append(body);
        _text.Append("}\n}\n}\n");
    }

    /// <summary>In the shape without branches: several ways may be gone.</summary>
    void FindKeys(int number, KeyedOrder keys)
    {
        var block = _blocks[number];
        string inner = Tab + Tab;
        _mayBeOff = keys.IsLate(block);
        _text.Append(CultureInfo.InvariantCulture, $"b{number}: ;\n");
        Line(Tab, $"if (in{number})");
        Line(Tab, "{");
        if (_repeated.Contains(number)) Line(inner, $"in{number} = false;");
        foreach (var node in block.Nodes)
        {
            if (keys.IsUse(node)) Note(node, inner);
            else if (keys.PlaceOf(node) is { } array) NotePlace(node, array, inner);
            if (keys.IsRun(node) && !_plan.IsInline(node)) Statement(node, inner);
        }
        if (block.Value is { } value && keys.IsUnknown(value)) foreach (var edge in block.Edges) Go(edge, inner);
        else if (block.Kind != EndKind.Exit) Ways(block, inner, Go);
        Line(Tab, "}");
        foreach (int back in block.Edges.Where(e => keys.IsNeeded(e.To)).Select(e => _numbers[e.To]).Where(to => to <= number).Distinct().Order())
        {
            _targets.Add(back);
            Line(Tab, $"if (in{back}) goto b{back};");
        }

        void Go(Edge edge, string indent)
        {
            if (!keys.IsNeeded(edge.To)) return;
            Take(edge, indent);
            Line(indent, $"in{_numbers[edge.To]} = true;");
        }
    }

    void Note(Node use, string indent)
    {
        var map = use.Inputs[0].Now.Map!;
        Line(indent, "{");
        string inner = indent + Tab, key = Private(use.Inputs[1], map.Spec.KeySize, "key", inner);
        if (KeyedOrder.IsArray(map)) Line(inner, string.Create(CultureInfo.InvariantCulture, $"note_element(notes, {_memory.NumberOf(map)}, LOAD(private, u32, {key}));"));
        else Line(inner, string.Create(CultureInfo.InvariantCulture, $"note(notes, {_memory.NumberOf(map)}, {key}, {map.Spec.KeySize});"));
        Line(indent, "}");
    }

    void NotePlace(Node use, IrMap array, string indent) => Line(indent, string.Create(CultureInfo.InvariantCulture,
        $"note_element(notes, {_memory.NumberOf(array)}, BYTES({Value(use.Inputs[0])} + {Number(use.Op == Op.Call ? 0 : use.Number)}) / {array.Stride * array.Cpus});"));
}
