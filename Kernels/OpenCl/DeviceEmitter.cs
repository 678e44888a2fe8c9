using System.Globalization;
using System.Text;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>Writes a graph as one OpenCL C kernel: a frame for each work-item, or all frames one after the other in a single one.</summary>
sealed partial class DeviceEmitter
{
    /// <summary>One indent of the blocks.</summary>
    const string Tab = "    ";

    readonly DeviceShape _shape;
    readonly string _name;
    readonly FrameOrder _frames;
    readonly DeviceOrder _order;
    readonly RunPlan _run;
    readonly LiveMaps _live;
    readonly IReadOnlyList<Block> _blocks;
    readonly Dictionary<Block, int> _numbers = [];
    readonly CodePlan _plan;
    readonly Provenance _memory;
    readonly PathTable _paths = new();
    readonly List<ArrayArgument> _arrays = [];
    readonly SortedSet<string> _parts = ["memory", "numbers", "frame"];
    readonly Dictionary<Node, string> _names = [];
    readonly HashSet<int> _targets = [];
    readonly StringBuilder _text = new();
    readonly FramePlan? _frame;
    readonly bool _logs, _moves, _takesFragments;
    readonly int _mostWays;
    readonly HashSet<int> _repeated = [];

    /// <summary>Words of the frame are reached at places that depend on it.</summary>
    bool _reachesWords;

    public DeviceEmitter(Graph graph, string name, DeviceForm form, FrameOrder frames, DeviceOrder order, RunPlan run, LiveMaps live)
    {
        (_name, _shape, _takesFragments, _frames, _order, _run, _live) = (name, form.Shape, form.TakesFragments, frames, order, run, live);
        _plan = new CodePlan(graph, int.MaxValue);
        _blocks = _plan.Blocks;
        for (int n = 0; n < _blocks.Count; n++) _numbers.Add(_blocks[n], n);
        _memory = new(graph, live.Inner);
        _mostWays = Math.Min(PathCounts.Most(_blocks, n => n.Op == Op.Count), DeviceSource.MostWays);
        _logs = _mostWays > 1;
        _moves = _blocks.Any(b => b.Nodes.Exists(FrameOrder.MovesFrame));
        if (form.Layout != FrameLayout.InPlace)
        {
            _frame = new(_blocks, _memory, _takesFragments);
            _parts.Add("columns");
        }
        for (int n = 0; n < _blocks.Count; n++)
        {
            foreach (var edge in _blocks[n].Edges)
            {
                for (int back = _numbers[edge.To]; back <= n; back++) _repeated.Add(back);
            }
        }
    }

    bool InOrder => _run.Kind == RunKind.OneByOne;

    public DeviceSource Emit()
    {
        for (int n = 0; n < _blocks.Count; n++)
        {
            if (_shape == DeviceShape.Predicated) Predicated(n);
            else Branching(n);
        }
        string body = Labelled();
        string? keys = _run.Keys is null ? null : FindKeys();
        Begin(DeviceSource.Entry);
        _text.Append(body);
        End();
        if (keys is not null) Keys(keys);
        string main = _text.ToString();
        string text = $"// {_name}: {_order}.\n// {_run}.\n{Prelude.Of(_parts, _memory.Maps.Where(IsLru).Select(m => m.Spec.KeySize).Append(1).Max())}\n{main}";
        return new(text, _memory.Maps.Count, _arrays, _paths.All, _logs ? _mostWays : 0, _parts.Contains("redirect"), _shape, _frame, _order, _run);
    }

    /// <summary>What was written so far, with only those labels that something goes to.</summary>
    string Labelled()
    {
        string body = _text.ToString();
        _text.Clear();
        var lines = new StringBuilder();
        foreach (string line in body.Split('\n'))
        {
            if (line.StartsWith('b') && line.EndsWith(": ;", StringComparison.Ordinal) && !_targets.Contains(int.Parse(line.AsSpan(1, line.Length - 4), CultureInfo.InvariantCulture))) continue;
            if (line.Length > 0) lines.Append(line).Append('\n');
        }
        _targets.Clear();
        return lines.ToString();
    }

    void Begin(string entry)
    {
        bool findsKeys = entry == DeviceSource.KeysEntry;
        var arguments = DeviceSource.ArgumentsOf(_frame, _run).ToList();
        arguments.AddRange(_arrays.Select(a => $"global {TypeOf(a.Name)} *{ArrayName(a)}"));
        if (_run.InPasses) arguments.AddRange(["const uint from", "global const int *picks", "global uint *noted"]);
        if (InOrder) _text.Append("__attribute__((reqd_work_group_size(1, 1, 1)))\n");
        else if (!_run.InPasses || findsKeys) _text.Append(CultureInfo.InvariantCulture, $"__attribute__((reqd_work_group_size({DeviceSource.GroupSize}, 1, 1)))\n");
        _text.Append(CultureInfo.InvariantCulture, $"kernel void {entry}({string.Join(",\n    ", arguments)})\n{{\n");
        foreach (var map in _memory.Maps.Where(IsHash)) HashConstant(map);
        foreach (var map in _memory.Maps.Where(m => HasArray(m, "state"))) PrefixConstant(map);
        _text.Append(InOrder ? "for (uint n = 0; n < count; n++)\n{\n"
            : _run.InPasses && !findsKeys ? "for (uint at = from + get_global_id(0); at < count; at += get_global_size(0))\n{\nconst uint n = picks[at];\n"
            : "const uint n = get_global_id(0);\nif (n < count)\n{\n");
        if (findsKeys) _text.Append(CultureInfo.InvariantCulture, $"global uint *const notes = noted + (ulong)n * {DeviceSource.NotedWords};\nnotes[0] = 0;\n");
        BeginFrame(findsKeys);
        _text.Append("uint outcome = 0, logged = 0, draws = 0, tail_calls = 0, tail_outcome = 0;\nulong executed = 0;\n");
        DeclareWalks();
        if (StackBytes() is > 0 and var bytes) _text.Append(CultureInfo.InvariantCulture, $"uchar stack[{bytes}] __attribute__((aligned(8)));\n");
        foreach (var names in _names.Values.Chunk(16)) _text.Append(CultureInfo.InvariantCulture, $"ulong {string.Join(", ", names)};\n");
        if (_shape == DeviceShape.Predicated) DeclareWays();
    }

    /// <summary>Whether the frame has come to each block.</summary>
    void DeclareWays()
    {
        foreach (var names in Enumerable.Range(0, _blocks.Count).Chunk(16)) _text.Append(CultureInfo.InvariantCulture, $"bool {string.Join(", ", names.Select(n => $"in{n} = {(n == 0 ? "true" : "false")}"))};\n");
    }

    void End()
    {
        if (_shape == DeviceShape.Branches) _text.Append("done: ;\n");
        EndFrame();
        _text.Append("}\n}\n");
    }

    void Branching(int number)
    {
        var block = _blocks[number];
        _text.Append(CultureInfo.InvariantCulture, $"b{number}: ;\n");
        Statements(block, Tab);
        var next = number + 1 < _blocks.Count ? _blocks[number + 1] : null;
        Ways(block, Tab, (edge, indent) =>
        {
            Take(edge, indent);
            if (edge.To == next && block.Kind == EndKind.Jump) return;
            _targets.Add(_numbers[edge.To]);
            Line(indent, $"goto b{_numbers[edge.To]};");
        });
        if (block.Kind == EndKind.Exit) Line(Tab, "goto done;");
    }

    void Predicated(int number)
    {
        var block = _blocks[number];
        _text.Append(CultureInfo.InvariantCulture, $"b{number}: ;\n");
        Line(Tab, $"if (in{number})");
        Line(Tab, "{");
        if (_repeated.Contains(number)) Line(Tab + Tab, $"in{number} = false;");
        Statements(block, Tab + Tab);
        Ways(block, Tab + Tab, (edge, indent) =>
        {
            Take(edge, indent);
            Line(indent, $"in{_numbers[edge.To]} = true;");
        });
        Line(Tab, "}");
        foreach (int back in block.Edges.Select(e => _numbers[e.To]).Where(to => to <= number).Distinct().Order())
        {
            _targets.Add(back);
            Line(Tab, $"if (in{back}) goto b{back};");
        }
    }

    void Statements(Block block, string indent)
    {
        foreach (var node in block.Nodes.Where(n => !_plan.IsInline(n))) Statement(node, indent);
    }

    void Ways(Block block, string indent, Action<Edge, string> go)
    {
        switch (block.Kind)
        {
            case EndKind.Jump:
                go(block.Edges[0], indent);
                break;
            case EndKind.Branch:
                Line(indent, $"if ({Value(block.Value!)})");
                Braced(block.Edges[0]);
                Line(indent, "else");
                Braced(block.Edges[1]);
                break;
            case EndKind.Switch:
                for (int n = 0; n < block.Cases.Length; n++)
                {
                    Line(indent, $"{(n == 0 ? "" : "else ")}if ({Value(block.Value!)} == {Number(block.Cases[n])})");
                    Braced(block.Edges[n]);
                }
                Line(indent, "else");
                Braced(block.Edges[^1]);
                break;
            case EndKind.Exit:
                // The device makes no tail call that could fault.
                uint verdict = block.Verdict.Fault == IrFault.InTailCall ? new Verdict(Offload.Spec.XdpAction.Aborted, AbortReason.DeviceFailed).Word : IlEmitter.VerdictOf(block.Verdict);
                Line(indent, $"outcome |= {verdict};");
                break;
            default:
                throw new InvalidOperationException($"a block ends with {block.Kind}");
        }

        void Braced(Edge edge)
        {
            Line(indent, "{");
            go(edge, indent + Tab);
            Line(indent, "}");
        }
    }

    /// <summary>Sets the parameters of where an edge leads, all at once.</summary>
    void Take(Edge edge, string indent)
    {
        var moved = Enumerable.Range(0, edge.Arguments.Length).Where(n => edge.Arguments[n].Now != edge.To.Parameters[n] && !(_findsKeys && _run.Keys!.IsUnknown(edge.To.Parameters[n]))).ToList();
        if (moved.Count == 1)
        {
            Line(indent, $"{Name(edge.To.Parameters[moved[0]])} = {Value(edge.Arguments[moved[0]])};");
        }
        else if (moved.Count > 1)
        {
            Line(indent, $"{{ const ulong {string.Join(", ", moved.Select(n => $"next{n} = {Value(edge.Arguments[n])}"))}; {string.Concat(moved.Select(n => $"{Name(edge.To.Parameters[n])} = next{n}; "))}}}");
        }
    }

    /// <summary>Of the stacks of functions, and what lies behind them.</summary>
    int StackBytes() => FunctionBytes() + WalkedKeyBytes * Walks;

    int FunctionBytes()
    {
        ulong most = 0;
        bool any = false;
        foreach (var node in _blocks.SelectMany(Provenance.AllOf))
        {
            if (node.Op is not (Op.Stack or Op.ClearStack)) continue;
            any = true;
            most = Math.Max(most, node.Op == Op.Stack ? node.Number : node.Number + (ulong)node.Length - 1);
        }
        return any ? (int)((most / 512 + 1) * 512) : 0;
    }

    void Line(string indent, string line) => _text.Append(indent).Append(line).Append('\n');

    string Name(Node node)
    {
        if (!_names.TryGetValue(node, out string? name)) _names.Add(node, name = string.Create(CultureInfo.InvariantCulture, $"v{_names.Count}"));
        return name;
    }

    static string Number(ulong number) => number < 0x10000 ? string.Create(CultureInfo.InvariantCulture, $"{number}UL") : $"0x{number:x}UL";
}
