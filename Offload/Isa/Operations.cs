namespace Chainring.Offload.Isa;

/// <summary>What an instruction does, whatever its operands. Everything that varies below this is in the operation enums.</summary>
public enum InstructionKind : byte
{
    /// <summary>The second slot of a <see cref="LoadConstant"/>; never executed, never a jump target.</summary>
    Continuation,
    Alu,
    LoadConstant,
    Load,
    Store,
    Atomic,
    Jump,
    Branch,

    /// <summary>Falls through, unless a loop has gone on for so long that it must end: then it jumps (Linux' may_goto, BPF_JCOND).</summary>
    MayGoto,
    Call,
    Exit,
}

/// <summary>ALU operations; encodings that differ only in offset or immediate are values of their own.</summary>
public enum AluOp : byte
{
    Add, Sub, Mul, Div, SDiv, Or, And, Lsh, Rsh, Neg, Mod, SMod, Xor, Mov, MovSx8, MovSx16, MovSx32, Arsh,
    Le16, Le32, Le64, Be16, Be32, Be64, Swap16, Swap32, Swap64,
}

public enum CompareOp : byte { Eq, Gt, Ge, Set, Ne, SGt, SGe, Lt, Le, SLt, SLe }

public enum AtomicOp : byte { Add, Or, And, Xor, FetchAdd, FetchOr, FetchAnd, FetchXor, Xchg, CmpXchg }

/// <summary>What else a load does than read; an acquiring one comes before all accesses that follow it.</summary>
public enum LoadKind : byte { Plain, SignExtending, Acquiring }

/// <summary>What else a store does than write; a releasing one comes after all accesses before it.</summary>
public enum StoreKind : byte { Plain, Releasing }

/// <summary>Who is called; the value is the encoding's source field.</summary>
public enum CallKind : byte { Helper, Local, Kfunc }

/// <summary>What a 64-bit constant names; the value is the encoding's source field (RFC 9669, section 5.4).</summary>
public enum ConstantKind : byte { Value, MapByFd, MapValueByFd, Variable, Code, MapByIndex, MapValueByIndex }

/// <summary>Widths of a memory access, in bytes.</summary>
public enum AccessSize : byte { Byte = 1, Half = 2, Word = 4, Double = 8 }
