using System.Globalization;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

sealed partial class DeviceEmitter
{
    /// <summary>Calls of a map that is only known when they are made are one for each that it can be.</summary>
    void Call(Node node, string indent)
    {
        if (node.Inputs.Length == 0 || node.Row!.Arguments[0].Kind != Offload.Isa.ArgumentKind.Map || node.Inputs[0].Now.Op == Op.Map)
        {
            Call(node, node.Inputs.Length > 0 ? node.Inputs[0].Now.Map : null, indent);
            return;
        }
        foreach (var map in _live.Inner)
        {
            Line(indent, string.Create(CultureInfo.InvariantCulture, $"if ({Value(node.Inputs[0])} == {map.Number})"));
            Line(indent, "{");
            Call(node, map, indent + Tab);
            Line(indent, "}");
            Line(indent, "else");
        }
        Line(indent, $"{Name(node)} = 0;");
    }

    void Call(Node node, IrMap? map, string indent)
    {
        string to = Name(node);
        string R(int n) => Value(node.Inputs[n - 1]);
        switch (node.Row!.Id)
        {
            case 1 or 195:
                Lookup(node, map!, indent);
                break;
            case 2 or 3:
                Change(node, map!, indent);
                break;
            case 5 or 125:
                Line(indent, $"{to} = {Now};");
                break;
            case 118:
                Line(indent, $"{to} = {Now} / 4000000;");
                break;
            case 160:
                Line(indent, $"{to} = {Now} / 4000000 * 4000000;");
                break;
            case 208:
                Line(indent, $"{to} = tai != 0 ? tai : {Clock};");
                break;
            case 7:
                Line(indent, $"{to} = draw(seed, cpu, {Index}, draws++);");
                break;
            case 8:
                Line(indent, $"{to} = cpu;");
                break;
            case 23:
                _parts.Add("redirect");
                Line(indent, $"{to} = redirect(&target, (uint){R(1)}, {R(2)});");
                break;
            case 28:
                Checksum(node, indent);
                break;
            case 42:
                Line(indent, $"{to} = 0;");
                break;
            case 44:
                Line(indent, _frame is { HasRows: false } ? $"{to} = (ulong)move_head(&frame, (int){R(2)});" : $"{to} = (ulong)adjust_head(packet, &frame, (int){R(2)});");
                break;
            case 54:
                Line(indent, $"{to} = (ulong)adjust_meta(&frame, (int){R(2)});");
                break;
            case 65:
                Line(indent, $"{to} = (ulong)adjust_tail(packet, &frame, (int){R(2)});");
                break;
            case 51:
                RedirectMap(node, map!, indent);
                break;
            case 93 or Offload.Isa.HelperTable.UnlockId:
                Locked(node, indent);
                break;
            case 188:
                Line(indent, $"{to} = frame.end - frame.data + frame.fragments;");
                break;
            case 189 or 190:
                Line(indent, $"{to} = (ulong)frame_bytes(&frame, (uint){R(2)}, {R(4)});");
                Line(indent, $"if ({to} == 0)");
                Line(indent, "{");
                EachKind(node.Inputs[2], 0, _memory.Of(node.Inputs[2]), indent + Tab, (space, pointer) => node.Row.Id == 189
                    ? $"COPY({space}, {pointer}, global, packet + frame.data + (uint){R(2)}, {R(4)});"
                    : $"COPY(global, packet + frame.data + (uint){R(2)}, {space}, {pointer}, {R(4)});");
                Line(indent, "}");
                break;
            default:
                throw new InvalidOperationException(node.Row.Name);
        }
    }

    /// <summary>Takes the lock that is in a value, or gives it back.</summary>
    void Locked(Node node, string indent)
    {
        _parts.Add("lock");
        string address = Value(node.Inputs[0]), function = node.Row!.Id == Offload.Isa.HelperTable.UnlockId ? "unlock" : "lock";
        foreach (int kind in KindsOf(_memory.Of(node.Inputs[0])).Where(k => k >= Provenance.FirstMap && HasLocks(_memory.Maps[k - Provenance.FirstMap])))
        {
            var map = _memory.Maps[kind - Provenance.FirstMap];
            Line(indent, string.Create(CultureInfo.InvariantCulture,
                $"if (KIND({address}) == {kind}) {function}({ArrayName(Use(map, "locks"))} + (BYTES({address}) - {map.Spec.LockOffset!.Value}) / {map.Stride});"));
        }
        Line(indent, $"{Name(node)} = 0;");
    }

    string Now => $"(wall != 0 ? wall : {Clock})";

    void Checksum(Node node, string indent)
    {
        _parts.Add("checksum");
        Line(indent, "{");
        string inner = indent + Tab, from = $"(uint){Value(node.Inputs[1])}", to = $"(uint){Value(node.Inputs[3])}";
        Line(inner, $"const uint from_length = {from}, to_length = {to}, seed = (uint){Value(node.Inputs[4])};");
        Line(inner, "uint from = 0, to = 0;");
        Sum(0, "from", "to_length > 0 ? 0 : ~seed");
        Sum(2, "to", "seed");
        Line(inner, $"{Name(node)} = checksum_difference(from, from_length, to, to_length, seed);");
        Line(indent, "}");

        void Sum(int input, string which, string start)
        {
            if (node.Inputs[input + 1].Now.Is(0)) return;
            Line(inner, $"if ({which}_length > 0)");
            Line(inner, "{");
            EachKind(node.Inputs[input], 0, _memory.Of(node.Inputs[input]), inner + Tab, (space, pointer) => $"{which} = sum_{space}({pointer}, {which}_length, {start});");
            Line(inner, "}");
        }
    }

    /// <summary>Bytes that an argument leads to, where a function of the prelude takes them: on the stack, or in a copy that is declared here.</summary>
    string Private(Node argument, int bytes, string name, string indent)
    {
        ulong kinds = _memory.Of(argument);
        if (kinds == 1UL << Provenance.Stack) return $"({Pointer(Provenance.Stack, argument, 0).Pointer})";
        Line(indent, string.Create(CultureInfo.InvariantCulture, $"uchar {name}[{bytes}];"));
        EachKind(argument, 0, kinds, indent, (space, pointer) => string.Create(CultureInfo.InvariantCulture, $"COPY(private, {name}, {space}, {pointer}, {bytes});"));
        return name;
    }
}
