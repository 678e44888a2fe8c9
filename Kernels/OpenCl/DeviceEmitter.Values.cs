using System.Globalization;
using System.Numerics;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Kernels.OpenCl;

sealed partial class DeviceEmitter
{
    /// <summary>A value where it is used: the variable that has it, or how it is computed.</summary>
    string Value(Node given)
    {
        var node = given.Now;
        return Ops.IsLeaf(node.Op) || _plan.IsInline(node) ? Expression(node) : Name(node);
    }

    string Expression(Node node)
    {
        string A() => Value(node.Inputs[0]);
        string B() => Value(node.Inputs[1]);
        return node.Op switch
        {
            Op.Const => Number(node.Number),
            Op.Stack => $"(AT_STACK + {Number(node.Number)})",
            Op.Storage => $"(AT_MAP({_memory.NumberOf(node.Map!)}) + {Number(node.Number)})",
            Op.Context => "1UL",
            Op.Cpu => "(ulong)cpu",
            Op.Add => $"({A()} + {B()})",
            Op.Sub => $"({A()} - {B()})",
            Op.Mul => $"({A()} * {B()})",
            Op.And => $"({A()} & {B()})",
            Op.Or => $"({A()} | {B()})",
            Op.Xor => $"({A()} ^ {B()})",
            Op.Shl => $"({A()} << {Shift()})",
            Op.Shr when node.Inputs[0].Now is { Op: Op.Reverse } reverse && _plan.IsInline(reverse) && node.Inputs[1].Now is { IsConst: true, Number: 48 or 32 } by => $"reverse{64 - by.Number}({Value(reverse.Inputs[0])})",
            Op.Shr => $"({A()} >> {Shift()})",
            Op.Sar => $"(ulong)((long){A()} >> {Shift()})",
            Op.Udiv => Divide("/", "udiv"),
            Op.Umod => Divide("%", "umod"),
            Op.Sdiv => $"sdiv({A()}, {B()})",
            Op.Smod => $"smod({A()}, {B()})",
            Op.Reverse => $"reverse({A()})",
            Op.Select => $"({A()} ? {B()} : {Value(node.Inputs[2])})",
            Op.Equal => $"({A()} == {B()})",
            Op.Below => $"({A()} < {B()})",
            Op.Less => $"((long){A()} < (long){B()})",
            Op.Not => $"!{A()}",
            Op.Field => FieldOf(node.Field),
            Op.Load when _frame?.IsInColumns(node) == true => LoadWords(node),
            Op.Load => Load(node.Inputs[0], node.Number, node.Size, _memory.OfAccess(node)),
            Op.TakeTailCall => string.Create(CultureInfo.InvariantCulture, $"(tail_calls < {RunLimits.MaxTailCalls} ? (tail_calls++, 1UL) : 0UL)"),
            Op.Executed => $"(executed += {Number(node.Number)})",
            Op.TailCallOutcome => "(ulong)tail_outcome",
            Op.PushVerdict => $"push_verdict(packet, &frame, {A()})",
            _ => throw new InvalidOperationException($"{node.Op}"),
        };

        // Only the lowest six bits count, as in the language.
        string Shift() => node.Inputs[1].Now.IsConst ? string.Create(CultureInfo.InvariantCulture, $"{node.Inputs[1].Now.Number & 63}") : $"({B()} & 63)";

        string Divide(string sign, string function) => node.Inputs[1].Now is { IsConst: true, Number: not 0 } ? $"({A()} {sign} {B()})" : $"{function}({A()}, {B()})";
    }

    string FieldOf(FrameField field) => field switch
    {
        FrameField.Data => "(ulong)frame.data",
        FrameField.DataEnd => "(ulong)frame.end",
        FrameField.DataMeta => "(ulong)frame.meta",
        FrameField.IngressIfindex => Ifindex,
        _ => RxQueue,
    };

    void Statement(Node node, string indent)
    {
        switch (node.Op)
        {
            case Op.AddTo when !InOrder && _frames.WhyInOrder(node) is null:
                AtomicAdd(node, indent);
                break;
            case Op.AddTo:
                AddTo(node, indent);
                break;
            case Op.Store when _frame?.IsInColumns(node) == true:
                StoreWords(node, indent);
                break;
            case Op.Store:
                Store(node, indent);
                break;
            case Op.Atomic:
                Atomic(node, indent);
                break;
            case Op.SetRxQueue:
                SetRxQueue(node, indent);
                break;
            case Op.Fence:
                Line(indent, "mem_fence(CLK_GLOBAL_MEM_FENCE);");
                break;
            case Op.ClearStack:
                Line(indent, string.Create(CultureInfo.InvariantCulture, $"CLEAR(private, stack + {node.Number}, {node.Length});"));
                break;
            case Op.Count:
                Count(_paths.Of(node.Events), indent);
                break;
            case Op.BeginRun:
                Line(indent, "executed = 0, tail_calls = 0;");
                break;
            case Op.PopVerdict:
                Line(indent, $"pop_verdict(&frame, {Value(node.Inputs[0])});");
                break;
            case Op.TailCall:
                TailCall(node, indent);
                break;
            case Op.Call:
                Call(node, indent);
                break;
            case Op.BeginWalk:
                BeginWalk(node, indent);
                break;
            case Op.NextElement or Op.ElementKey or Op.ElementValue:
                Walk(node, indent);
                break;
            default:
                Line(indent, $"{Name(node)} = {Expression(node)};");
                break;
        }
    }

    void Count(int path, string indent)
    {
        Line(indent, string.Create(CultureInfo.InvariantCulture, $"{(_logs ? $"ways[(ulong)n * {_mostWays} + logged++] = {path}" : $"outcome |= {(path + 1) << DeviceSource.PathShift}")};"));
    }

    /// <summary>What is in the slot now is part of the graph, or nothing is there: whatever else there was, the chain is compiled anew before the next batch.</summary>
    void TailCall(Node node, string indent)
    {
        bool isEmpty = _live.IsEmpty(node.Inputs[0].Now.Map!, (uint)node.Inputs[1].Now.Number);
        Line(indent, isEmpty ? $"tail_outcome = {(int)TailCallOutcome.NotTaken};"
            : string.Create(CultureInfo.InvariantCulture, $"tail_outcome = tail_calls < {RunLimits.MaxTailCalls} ? {(int)TailCallOutcome.Faulted} : {(int)TailCallOutcome.NotTaken};"));
        Line(indent, $"{Name(node)} = 0;");
    }

    // ── Memory ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    static string TypeOf(AccessSize size) => $"u{8 * (int)size}";

    static string CastOf(AccessSize size) => size switch { AccessSize.Byte => "(uchar)", AccessSize.Half => "(ushort)", AccessSize.Word => "(uint)", _ => "" };

    /// <summary>A pointer to where a number of one kind leads, in its address space.</summary>
    (string Space, string Pointer) Pointer(int kind, Node address, ulong displacement)
    {
        var node = address.Now;
        if (node.Op == Op.Stack && kind == Provenance.Stack) return ("private", string.Create(CultureInfo.InvariantCulture, $"stack + {(long)(node.Number + displacement)}"));
        if (node.Op == Op.Storage) return ("global", string.Create(CultureInfo.InvariantCulture, $"{ArrayName(Use(node.Map!, "values"))} + {(long)(node.Number + displacement)}"));
        string at = Displaced(address, displacement);
        return kind switch
        {
            Provenance.Frame => ("global", $"packet + ({at})"),
            Provenance.Stack => ("private", $"stack + ({at} - AT_STACK)"),
            _ => ("global", $"{ArrayName(Use(_memory.Maps[kind - Provenance.FirstMap], "values"))} + ({at} - AT_MAP({kind - Provenance.FirstMap}))"),
        };
    }

    /// <summary>All kinds that there are, where nothing is known, or nothing ever leads; an array of maps has no values.</summary>
    IReadOnlyList<int> KindsOf(ulong kinds)
    {
        if (kinds == 0) kinds = (1UL << Provenance.Frame) | (StackBytes() > 0 ? 1UL << Provenance.Stack : 0) | AllMaps();
        var all = new List<int>();
        for (; kinds != 0; kinds &= kinds - 1) all.Add(BitOperations.TrailingZeroCount(kinds));
        return all;
    }

    ulong AllMaps() => _memory.Maps.Index().Where(m => m.Item.Spec.Type != MapType.ArrayOfMaps).Aggregate(0UL, (all, m) => all | 1UL << (Provenance.FirstMap + m.Index));

    string Load(Node address, ulong displacement, AccessSize size, ulong kinds)
    {
        var all = KindsOf(kinds);
        string text = One(all[^1]);
        for (int n = all.Count - 2; n >= 0; n--) text = $"(KIND({Value(address)} + {Number(displacement)}) == {all[n]} ? {One(all[n])} : {text})";
        return text;

        string One(int kind)
        {
            var (space, pointer) = Pointer(kind, address, displacement);
            string load = $"LOAD({space}, {TypeOf(size)}, {pointer})";
            return _mayBeOff && kind == Provenance.Frame ? $"({IsThere($"{Value(address)} + {Number(displacement)}", (int)size)} ? {load} : 0)" : load;
        }
    }

    void Store(Node node, string indent)
    {
        string value = $"{CastOf(node.Size)}{Value(node.Inputs[1])}";
        EachKind(node.Inputs[0], node.Number, _memory.OfAccess(node), indent, (space, pointer) => $"STORE({space}, {TypeOf(node.Size)}, {pointer}, {value});");
    }

    /// <summary>A statement for each kind of memory that an address may lead to, of which one is done.</summary>
    void EachKind(Node address, ulong displacement, ulong kinds, string indent, Func<string, string, string> statement)
    {
        var all = KindsOf(kinds);
        for (int n = 0; n < all.Count; n++)
        {
            var (space, pointer) = Pointer(all[n], address, displacement);
            string condition = n == all.Count - 1 ? "" : $"if (KIND({Value(address)} + {Number(displacement)}) == {all[n]}) ";
            Line(indent, $"{(n == 0 ? "" : "else ")}{condition}{statement(space, pointer)}");
        }
    }

    /// <summary>Adds to map values to which other frames may be adding.</summary>
    void AtomicAdd(Node node, string indent)
    {
        _parts.Add("atomics");
        string by = $"{(node.Size == AccessSize.Double ? "" : "(uint)")}{Value(node.Inputs[1])}";
        EachMap(node, indent, (_, pointer) => string.Create(CultureInfo.InvariantCulture, $"add{8 * (int)node.Size}({pointer}, {by});"));
    }

    /// <summary>The same where nobody else is.</summary>
    void AddTo(Node node, string indent)
    {
        string type = TypeOf(node.Size), cast = CastOf(node.Size), by = Value(node.Inputs[1]);
        EachMap(node, indent, (space, pointer) => $"{{ {space} uchar *const at = {pointer}; STORE({space}, {type}, at, {cast}(LOAD({space}, {type}, at) + {by})); }}");
    }

    /// <summary>A statement for each map to whose values an access may lead; none, if there is no map that has any.</summary>
    void EachMap(Node access, string indent, Func<string, string, string> statement)
    {
        ulong maps = _memory.OfAccess(access) & ~(1UL << Provenance.Stack | 1UL << Provenance.Frame);
        if (maps == 0) maps = AllMaps();
        if (maps != 0) EachKind(access.Inputs[0], access.Number, maps, indent, statement);
    }

    void Atomic(Node node, string indent)
    {
        string name = node.Atomic switch
        {
            AtomicOp.Add or AtomicOp.FetchAdd => "fetch_add",
            AtomicOp.And or AtomicOp.FetchAnd => "fetch_and",
            AtomicOp.Or or AtomicOp.FetchOr => "fetch_or",
            AtomicOp.Xor or AtomicOp.FetchXor => "fetch_xor",
            AtomicOp.Xchg => "exchange",
            _ => "compare_exchange",
        };
        ulong kinds = _memory.OfAccess(node);
        bool isMap = kinds == 0 ? node.Regions == AccessRegions.MapValue : (kinds & (1UL << Provenance.Stack | 1UL << Provenance.Frame)) == 0;
        if (!InOrder && isMap && node.Atomic == AtomicOp.Add)
        {
            AtomicAdd(node, indent);
            return;
        }
        _parts.Add("fetch");
        string value = $"{CastOf(node.Size)}{Value(node.Inputs[1])}", type = TypeOf(node.Size), to = Name(node);
        string expected = node.Atomic == AtomicOp.CmpXchg ? $"{CastOf(node.Size)}{Value(node.Inputs[2])}" : "";
        string rest = expected.Length > 0 ? $", {expected}" : "";
        EachKind(node.Inputs[0], node.Number, kinds, indent, (space, pointer) => space == "global"
            ? string.Create(CultureInfo.InvariantCulture, $"{to} = {name}{8 * (int)node.Size}({pointer}, {value}{rest});")
            : $"{{ {to} = LOAD(private, {type}, {pointer}); {Own(pointer)} }}");

        // On the stack nobody else is.
        string Own(string pointer) => node.Atomic switch
        {
            AtomicOp.CmpXchg => $"if ({to} == {expected}) STORE(private, {type}, {pointer}, {value});",
            AtomicOp.Xchg => $"STORE(private, {type}, {pointer}, {value});",
            _ => $"STORE(private, {type}, {pointer}, {CastOf(node.Size)}({to} {name switch { "fetch_add" => "+", "fetch_and" => "&", "fetch_or" => "|", _ => "^" }} {value}));",
        };
    }
}
