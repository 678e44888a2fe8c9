namespace Chainring.Offload.Isa;

/// <summary>
/// One decoded instruction. Code is an array of these indexed by slot, so a 64-bit constant is followed by a
/// <see cref="InstructionKind.Continuation"/> and jump displacements are array distances.
/// </summary>
/// <param name="Operation">An <see cref="AluOp"/>, <see cref="CompareOp"/>, <see cref="AtomicOp"/>, <see cref="LoadKind"/>, <see cref="StoreKind"/>,
/// <see cref="CallKind"/> or <see cref="ConstantKind"/>, by <paramref name="Kind"/>.</param>
/// <param name="Is64">64-bit operation; for a jump, true for the 16-bit displacement (<c>goto</c>), false for <c>gotol</c>.</param>
/// <param name="FromRegister">The second operand is <paramref name="Src"/>, else <paramref name="Immediate"/>.</param>
/// <param name="Offset">Byte offset of a memory access; displacement of a branch, <c>may_goto</c> or <c>goto</c>, in slots.</param>
/// <param name="Immediate">Sign-extended; for a 64-bit constant all 64 bits; displacement of a <c>gotol</c> or local call, in slots.</param>
public readonly record struct Instruction(
    InstructionKind Kind,
    byte Operation = 0,
    bool Is64 = false,
    bool FromRegister = false,
    AccessSize Size = 0,
    byte Dst = 0,
    byte Src = 0,
    short Offset = 0,
    long Immediate = 0)
{
    /// <summary>Registers r0 to r10; r10 is the read-only frame pointer.</summary>
    public const int Registers = 11;

    public const int FramePointer = 10;

    public AluOp Alu => (AluOp)Operation;
    public CompareOp Compare => (CompareOp)Operation;
    public AtomicOp Atomic => (AtomicOp)Operation;
    public CallKind Call => (CallKind)Operation;
    public ConstantKind Constant => (ConstantKind)Operation;
    public LoadKind Load => (LoadKind)Operation;
    public StoreKind Store => (StoreKind)Operation;

    /// <summary>Slots occupied: 2 for a 64-bit constant, else 1.</summary>
    public int Slots => Kind == InstructionKind.LoadConstant ? 2 : 1;

    /// <summary>Slots from the next instruction to the target of a jump, branch or local call; 0 for anything else.</summary>
    public int Displacement => Kind switch
    {
        InstructionKind.Branch or InstructionKind.MayGoto => Offset,
        InstructionKind.Jump => Is64 ? Offset : (int)Immediate,
        InstructionKind.Call when Call == CallKind.Local => (int)Immediate,
        _ => 0,
    };

    public bool IsLocalCall => Kind == InstructionKind.Call && Call == CallKind.Local;

    public bool IsHelperCall => Kind == InstructionKind.Call && Call == CallKind.Helper;

    public bool IsKfuncCall => Kind == InstructionKind.Call && Call == CallKind.Kfunc;
}
