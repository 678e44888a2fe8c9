namespace Chainring.Offload.Ir;

/// <summary>
/// What a node does. Arithmetic and comparisons are the primitives of <see cref="Isa.IWord{W, B}"/>, so that no operation of the instruction set is
/// described here again; the rest is what a program does to the frame, to memory and to the card.
/// </summary>
public enum Op : byte
{
    // Numbers of 64 bits.
    Const, Add, Sub, Mul, And, Or, Xor, Shl, Shr, Sar, Udiv, Umod, Sdiv, Smod, Reverse, Select,

    // Truth values.
    Equal, Below, Less, Not,

    /// <summary>A value that a block is entered with.</summary>
    Param,

    /// <summary>An address on the stack: <see cref="Node.Number"/> bytes from its bottom. Function n from outside has bytes [512 n, 512 n + 512).</summary>
    Stack,

    /// <summary>An address in the storage of <see cref="Node.Map"/>: <see cref="Node.Number"/> bytes from its start.</summary>
    Storage,

    /// <summary>A map itself.</summary>
    Map,

    /// <summary>The context; only where it is handed to helpers.</summary>
    Context,

    /// <summary>A function of the program, by the slot at which it begins.</summary>
    Function,

    /// <summary>The number of the CPU that runs the program.</summary>
    Cpu,

    /// <summary>A field of the frame, as <see cref="Node.Field"/> says.</summary>
    Field,

    /// <summary>Sets <c>rx_queue_index</c>.</summary>
    SetRxQueue,

    /// <summary>Bytes of memory, as an unsigned number: at (address) + <see cref="Node.Number"/>.</summary>
    Load,

    /// <summary>(address, value) likewise.</summary>
    Store,

    /// <summary>(address, number) likewise: adds it to what is there, as a load, a sum and a store would; a backend that runs frames at once sees to it that they do not lose each other's.</summary>
    AddTo,

    /// <summary>(address, operand, r0): what was there before.</summary>
    Atomic,

    /// <summary>No access is moved across it.</summary>
    Fence,

    /// <summary>Zeroes <see cref="Node.Length"/> bytes of the stack from <see cref="Node.Number"/> on.</summary>
    ClearStack,

    /// <summary>A helper or kfunc with r1 to r5: what r0 is then.</summary>
    Call,

    /// <summary>(array, index): runs the program that is there, if there is one and tail calls are left: what it returned. The stack from <see cref="Node.Number"/> on is its own.</summary>
    TailCall,

    /// <summary>What became of the tail call before: a <see cref="TailCallOutcome"/>.</summary>
    TailCallOutcome,

    /// <summary>Whether one more tail call may be taken, which it then is; the program that is called is part of the graph.</summary>
    TakeTailCall,

    /// <summary>(map): begins to walk the elements of a map; <see cref="Node.Number"/> is the nesting.</summary>
    BeginWalk,

    /// <summary>Whether there is one more element.</summary>
    NextElement,

    /// <summary>Addresses of the key and the value of the element.</summary>
    ElementKey, ElementValue,

    /// <summary>Instructions that were executed in this run, after so many (<see cref="Node.Number"/>) more.</summary>
    Executed,

    /// <summary>A program begins that counts its instructions or tail calls: none yet.</summary>
    BeginRun,

    /// <summary>Adds one to each of <see cref="Node.Events"/>.</summary>
    Count,

    /// <summary>(action): makes room for the verdict before and writes it; false if there is no room.</summary>
    PushVerdict,

    /// <summary>(length of the metadata before): takes the word away again.</summary>
    PopVerdict,
}

/// <summary>What became of a tail call.</summary>
public enum TailCallOutcome : byte
{
    /// <summary>There is no program, or too many were called: the caller goes on.</summary>
    NotTaken,
    Taken,

    /// <summary>The program that was called was aborted, and with it the caller.</summary>
    Faulted,
}

/// <summary>What must be known of operations to move them about.</summary>
public static class Ops
{
    /// <summary>Has no place of its own: a constant, or as good as one.</summary>
    public static bool IsLeaf(Op op) => op is Op.Const or Op.Stack or Op.Storage or Op.Map or Op.Context or Op.Function or Op.Cpu;

    /// <summary>Depends on its inputs only, and does nothing else.</summary>
    public static bool IsPure(Op op) => op <= Op.Not;

    public static bool IsTruth(Op op) => op is >= Op.Equal and <= Op.Not;

    public static bool Commutes(Op op) => op is Op.Add or Op.Mul or Op.And or Op.Or or Op.Xor or Op.Equal;

    /// <summary>Goes to memory by an address, its first input.</summary>
    public static bool IsAccess(Op op) => op is Op.Load or Op.Store or Op.AddTo or Op.Atomic;

    /// <summary>Can go when nobody wants its value.</summary>
    public static bool CanGo(Op op) => IsPure(op) || op is Op.Field or Op.Load or Op.ElementKey or Op.ElementValue;
}
