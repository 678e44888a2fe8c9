using System.Globalization;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>Walks through the elements of maps. Each nesting has variables of its own, and room for a key behind the stack.</summary>
sealed partial class DeviceEmitter
{
    /// <summary>The longest key of a map that can be walked (kernel/bpf/hashtab.c: MAX_BPF_STACK).</summary>
    const int WalkedKeyBytes = 512;

    IEnumerable<Node> WalkNodes => _blocks.SelectMany(b => b.Nodes).Where(n => n.Op == Op.BeginWalk);

    int Walks => WalkNodes.Any() ? (int)WalkNodes.Max(n => n.Number) + 1 : 0;

    void DeclareWalks()
    {
        for (int walk = 0; walk < Walks; walk++)
            Line("", string.Create(CultureInfo.InvariantCulture, $"uint walk{walk}_map = 0, walk{walk}_bucket = 0, walk{walk}_change = 0, walk{walk}_inside = 0, walk{walk}_slot = 0;"));
    }

    void BeginWalk(Node node, string indent)
    {
        ulong walk = node.Number;
        Line(indent, string.Create(CultureInfo.InvariantCulture, $"walk{walk}_map = {_memory.NumberOf(node.Inputs[0].Now.Map!)}, walk{walk}_bucket = 0, walk{walk}_inside = 0;"));
    }

    /// <summary>One statement for each map that a walk of that nesting can be through.</summary>
    void Walk(Node node, string indent)
    {
        string to = Name(node), walk = string.Create(CultureInfo.InvariantCulture, $"walk{node.Number}");
        foreach (var map in WalkNodes.Where(n => n.Number == node.Number).Select(n => n.Inputs[0].Now.Map!).Distinct())
        {
            int number = _memory.NumberOf(map);
            Line(indent, string.Create(CultureInfo.InvariantCulture, $"if ({walk}_map == {number})"));
            Line(indent, "{");
            string inner = indent + Tab;
            switch (node.Op)
            {
                case Op.NextElement when IsArray(map):
                    Line(inner, string.Create(CultureInfo.InvariantCulture, $"{to} = {walk}_bucket < {map.Spec.MaxEntries};"));
                    Line(inner, $"if ({to}) {walk}_slot = {walk}_bucket++;");
                    break;
                case Op.NextElement:
                    Find(map);
                    Use(map, "linked");
                    _parts.Add("hash-walk");
                    Line(inner, $"{walk}_slot = (uint)hash_next(&m{number}, &{walk}_bucket, &{walk}_change, &{walk}_inside);");
                    Line(inner, $"{to} = (int){walk}_slot != NO_SLOT;");
                    break;
                case Op.ElementKey:
                    string place = string.Create(CultureInfo.InvariantCulture, $"{FunctionBytes() + WalkedKeyBytes * (int)node.Number}");
                    if (IsArray(map)) Line(inner, $"STORE(private, u32, stack + {place}, {walk}_slot);");
                    else Line(inner, string.Create(CultureInfo.InvariantCulture, $"COPY(private, stack + {place}, global, {ArrayName(Use(map, "keys"))} + (ulong){walk}_slot * {map.Spec.KeySize}, {map.Spec.KeySize});"));
                    Line(inner, $"{to} = AT_STACK + {place};");
                    break;
                default:
                    Use(map, "values");
                    Line(inner, string.Create(CultureInfo.InvariantCulture, $"{to} = AT_MAP({number}) + ((ulong){walk}_slot{(map.Cpus == 1 ? "" : $" * {map.Cpus} + cpu")}) * {map.Stride};"));
                    break;
            }
            Line(indent, "}");
        }
    }
}
