using System.Reflection;
using System.Reflection.Emit;
using Chainring.Offload.Ir;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Il;

/// <summary>Where the frame is that nodes are emitted for, and where values are. The <see cref="Execution"/> is the first argument of every method.</summary>
interface INodePlaces
{
    /// <summary>Emits where the <see cref="Kernels.Frame"/> is.</summary>
    void Frame();

    /// <summary>Emits where the frame's buffer begins.</summary>
    void Buffer();

    /// <summary>Emits where its stack begins, as a number.</summary>
    void Stack();

    /// <summary>Emits a value: a number, or 0 or 1 of 32 bits for a truth value.</summary>
    void Value(Node node);

    /// <summary>Whether a value is computed where it is used.</summary>
    bool IsInline(Node node);
}

/// <summary>Emits what single nodes do, for one frame.</summary>
sealed class NodeEmitter(IlWriter il, INodePlaces places, Func<IrMap, nint> storage, Func<IReadOnlyList<int>, int> pathOf)
{
    const int ExecutionArgument = 0;

    /// <summary>Does what a node does that has no value; false if it has one.</summary>
    public bool TryDo(Node node)
    {
        switch (node.Op)
        {
            case Op.Store:
                Address(node);
                places.Value(node.Inputs[1]);
                StoreIndirect(node.Size);
                return true;
            case Op.AddTo:
                Add(node, () => places.Value(node.Inputs[1]));
                return true;
            case Op.SetRxQueue:
                places.Frame();
                places.Value(node.Inputs[0]);
                il.Op(OpCodes.Conv_U4);
                il.SetField(FrameFieldOf(nameof(Frame.RxQueue)));
                return true;
            case Op.Fence:
                il.Call(typeof(Interlocked).GetMethod(nameof(Interlocked.MemoryBarrier))!);
                return true;
            case Op.ClearStack:
                places.Stack();
                il.Constant(node.Number);
                il.Op(OpCodes.Add);
                il.Op(OpCodes.Conv_U);
                il.Constant32(0);
                il.Constant32(node.Length);
                il.Op(OpCodes.Initblk);
                return true;
            case Op.Count:
                ReadExecution(nameof(Execution.Counts));
                il.Constant32(pathOf(node.Events) * sizeof(long));
                il.Op(OpCodes.Add);
                il.Op(OpCodes.Dup);
                il.Op(OpCodes.Ldind_I8);
                il.Constant(1);
                il.Op(OpCodes.Add);
                il.Op(OpCodes.Stind_I8);
                return true;
            case Op.BeginRun:
                il.Argument(ExecutionArgument);
                Call(nameof(Calls.BeginRun));
                return true;
            case Op.BeginWalk:
                il.Argument(ExecutionArgument);
                Number32(node.Inputs[0]);
                il.Constant32((int)node.Number);
                Call(nameof(Calls.BeginWalk));
                return true;
            case Op.PopVerdict:
                places.Frame();
                places.Value(node.Inputs[0]);
                Call(nameof(Calls.PopVerdict));
                return true;
            default:
                return false;
        }
    }

    public void ReadExecution(string field)
    {
        il.Argument(ExecutionArgument);
        il.Field(typeof(Execution).GetField(field)!);
    }

    static FieldInfo FrameFieldOf(string name) => typeof(Frame).GetField(name)!;

    void Call(string name) => il.Call(typeof(Calls).GetMethod(name)!);

    /// <summary>Adds to what is where an access leads.</summary>
    /// <param name="number">Emits what is added.</param>
    public void Add(Node access, Action number)
    {
        Address(access);
        AddAt(access.Size, number);
    }

    /// <summary>Likewise to what is at the address on the stack.</summary>
    public void AddAt(AccessSize size, Action number)
    {
        il.Op(OpCodes.Dup);
        LoadIndirect(size);
        number();
        il.Op(OpCodes.Add);
        StoreIndirect(size);
    }

    /// <summary>Address on the stack: the number there.</summary>
    public void LoadIndirect(AccessSize size)
    {
        il.Unaligned();
        il.Op(size switch { AccessSize.Byte => OpCodes.Ldind_U1, AccessSize.Half => OpCodes.Ldind_U2, AccessSize.Word => OpCodes.Ldind_U4, _ => OpCodes.Ldind_I8 });
        il.Op(OpCodes.Conv_U8);
    }

    /// <summary>(address, number)</summary>
    public void StoreIndirect(AccessSize size)
    {
        il.Op(size switch { AccessSize.Byte => OpCodes.Conv_U1, AccessSize.Half => OpCodes.Conv_U2, AccessSize.Word => OpCodes.Conv_U4, _ => OpCodes.Conv_U8 });
        il.Unaligned();
        il.Op(size switch { AccessSize.Byte => OpCodes.Stind_I1, AccessSize.Half => OpCodes.Stind_I2, AccessSize.Word => OpCodes.Stind_I4, _ => OpCodes.Stind_I8 });
    }

    void Number32(Node node)
    {
        places.Value(node);
        il.Op(OpCodes.Conv_U4);
    }

    void Address(Node access)
    {
        places.Value(access.Inputs[0]);
        if (access.Number != 0)
        {
            il.Constant(access.Number);
            il.Op(OpCodes.Add);
        }
        il.Op(OpCodes.Conv_U);
    }

    /// <summary>Computes a node and leaves its value.</summary>
    public void Value(Node node)
    {
        switch (node.Op)
        {
            case Op.Const:
                il.Constant(node.Number);
                break;
            case Op.Stack:
                places.Stack();
                il.Constant(node.Number);
                il.Op(OpCodes.Add);
                break;
            case Op.Storage:
                il.Constant((ulong)storage(node.Map!) + node.Number);
                break;
            case Op.Map:
                il.Constant((ulong)node.Map!.Number);
                break;
            case Op.Context:
                il.Constant(1);
                break;
            case Op.Function:
                il.Constant(node.Number);
                break;
            case Op.Cpu:
                ReadExecution(nameof(Execution.Cpu));
                il.Op(OpCodes.Conv_U8);
                break;
            case Op.Field:
                Field(node.Field);
                break;
            case Op.Load:
                Address(node);
                LoadIndirect(node.Size);
                break;
            case Op.Atomic:
                Atomic(node);
                break;
            case Op.Call:
                CallEmitter.Emit(il, node, places);
                break;
            case Op.TailCall:
                il.Argument(ExecutionArgument);
                places.Frame();
                places.Buffer();
                Number32(node.Inputs[0]);
                places.Value(node.Inputs[1]);
                il.Constant32((int)node.Number / RunLimits.StackBytes);
                Call(nameof(Calls.TailCall));
                break;
            case Op.TailCallOutcome:
                ReadExecution(nameof(Execution.Outcome));
                break;
            case Op.TakeTailCall:
                // As many as are left: one or none.
                var left = il.Local(typeof(int));
                ReadExecution(nameof(Execution.TailCalls));
                il.Constant32(RunLimits.MaxTailCalls);
                il.Op(OpCodes.Clt);
                il.Store(left);
                il.Argument(ExecutionArgument);
                ReadExecution(nameof(Execution.TailCalls));
                il.Load(left);
                il.Op(OpCodes.Add);
                il.SetField(typeof(Execution).GetField(nameof(Execution.TailCalls))!);
                il.Load(left);
                il.Op(OpCodes.Conv_U8);
                break;
            case Op.NextElement:
                il.Argument(ExecutionArgument);
                il.Constant32((int)node.Number);
                Call(nameof(Calls.NextElement));
                il.Op(OpCodes.Conv_U8);
                break;
            case Op.ElementKey or Op.ElementValue:
                il.Argument(ExecutionArgument);
                il.Constant32((int)node.Number);
                Call(node.Op == Op.ElementKey ? nameof(Calls.ElementKey) : nameof(Calls.ElementValue));
                break;
            case Op.Executed:
                il.Argument(ExecutionArgument);
                ReadExecution(nameof(Execution.Executed));
                il.Constant(node.Number);
                il.Op(OpCodes.Add);
                il.SetField(typeof(Execution).GetField(nameof(Execution.Executed))!);
                ReadExecution(nameof(Execution.Executed));
                break;
            case Op.PushVerdict:
                il.Argument(ExecutionArgument);
                places.Frame();
                places.Buffer();
                places.Value(node.Inputs[0]);
                Call(nameof(Calls.PushVerdict));
                il.Op(OpCodes.Conv_U8);
                break;
            default:
                ScalarIl.Emit(il, node, places.Value, places.IsInline);
                break;
        }
    }

    void Field(FrameField field)
    {
        if (field is FrameField.IngressIfindex or FrameField.RxQueueIndex)
        {
            places.Frame();
            il.Field(FrameFieldOf(field == FrameField.RxQueueIndex ? nameof(Frame.RxQueue) : nameof(Frame.IngressIfindex)));
            il.Op(OpCodes.Conv_U8);
            return;
        }
        places.Buffer();
        places.Frame();
        il.Field(FrameFieldOf(field switch { FrameField.Data => nameof(Frame.Data), FrameField.DataEnd => nameof(Frame.End), _ => nameof(Frame.Meta) }));
        il.Op(OpCodes.Conv_I);
        il.Op(OpCodes.Add);
        il.Op(OpCodes.Conv_U8);
    }

    void Atomic(Node node)
    {
        bool is64 = node.Size == AccessSize.Double;
        var type = is64 ? typeof(ulong) : typeof(uint);
        // A result that is wanted goes through memory: .NET 10.0 moves the operation to where its result is used, past loads of the same place.
        bool isWanted = node.Atomic is >= AtomicOp.FetchAdd or AtomicOp.CmpXchg;
        if (isWanted) il.Argument(ExecutionArgument);
        Address(node);
        Operand(1);
        switch (node.Atomic)
        {
            case AtomicOp.Add or AtomicOp.FetchAdd:
                il.Call(Method(nameof(Interlocked.Add), 1));
                Operand(1);
                il.Op(OpCodes.Sub);
                break;
            case AtomicOp.And or AtomicOp.FetchAnd:
                il.Call(Method(nameof(Interlocked.And), 1));
                break;
            case AtomicOp.Or or AtomicOp.FetchOr:
                il.Call(Method(nameof(Interlocked.Or), 1));
                break;
            case AtomicOp.Xor or AtomicOp.FetchXor:
                il.Op(OpCodes.Conv_U8);
                Call(is64 ? nameof(Calls.Xor64) : nameof(Calls.Xor32));
                break;
            case AtomicOp.Xchg:
                il.Call(Method(nameof(Interlocked.Exchange), 1));
                break;
            default:
                Operand(2);
                il.Call(Method(nameof(Interlocked.CompareExchange), 2));
                break;
        }
        if (!is64) il.Op(OpCodes.Conv_U8);
        if (isWanted)
        {
            il.SetField(typeof(Execution).GetField(nameof(Execution.Fetched))!);
            ReadExecution(nameof(Execution.Fetched));
        }

        void Operand(int input)
        {
            places.Value(node.Inputs[input]);
            if (!is64) il.Op(OpCodes.Conv_U4);
        }

        MethodInfo Method(string name, int values) => typeof(Interlocked).GetMethod(name, [type.MakeByRefType(), .. Enumerable.Repeat(type, values)])!;
    }
}
