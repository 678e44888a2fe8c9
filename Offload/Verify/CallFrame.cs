using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

/// <summary>What one byte of the stack holds.</summary>
enum StackByte : byte
{
    /// <summary>It was never written.</summary>
    Unset,

    /// <summary>Part of a register that was stored there; which is in <see cref="CallFrame.Spilled"/>.</summary>
    Spilled,

    /// <summary>Some number.</summary>
    Number,
    Zero,

    /// <summary>Part of a dynamic pointer; each of its two slots has a half in <see cref="CallFrame.Spilled"/>.</summary>
    Dynptr,
}

/// <summary>A function in progress: its registers and its stack.</summary>
/// <remarks><code>
/// slot        63 … 1        0
/// bytes    [-512, …    [-8, -1]      byte n of a slot is at r10 - 8 * slot - 8 + n
/// </code></remarks>
sealed class CallFrame
{
    public const int SlotBytes = 8, MaxSlots = StackBytes / SlotBytes, StackBytes = 512;

    /// <summary>The slot of the call that is in progress; -1 for the program itself.</summary>
    public int CallSite = -1;

    /// <summary>Which function, by number.</summary>
    public int Function;

    /// <summary>A helper called it, and it goes back to that call.</summary>
    public bool InCallback;

    /// <summary>The largest number that it may return when it is a callback.</summary>
    public int MaxReturn;

    /// <summary>How often a callback was entered from this call, along this path.</summary>
    public int CallbackDepth;

    /// <summary>Slots written since the last checkpoint; in a checkpoint, those written between the one before and this.</summary>
    public ulong Written;

    /// <summary>In a checkpoint: slots that are read on some path from it, before they are written.</summary>
    public ulong Read;

    public readonly Register[] Registers = new Register[Instruction.Registers];

    Register[] _spilled = [];
    ulong[] _bytes = [];

    /// <summary>How many slots are in use.</summary>
    public int Slots => _bytes.Length;

    /// <summary>The register that was stored in a slot; only if <see cref="IsSpilled"/>.</summary>
    public ref Register Spilled(int slot) => ref _spilled[slot];

    public void Grow(int slots)
    {
        if (slots <= _bytes.Length) return;
        Array.Resize(ref _bytes, slots);
        Array.Resize(ref _spilled, slots);
    }

    public StackByte ByteAt(int slot, int n) => slot < _bytes.Length ? (StackByte)(_bytes[slot] >> (8 * n)) : StackByte.Unset;

    public void SetByte(int slot, int n, StackByte what) => _bytes[slot] = (_bytes[slot] & ~(0xfful << (8 * n))) | ((ulong)what << (8 * n));

    /// <summary>All eight bytes of a slot as one word: equal words, equal bytes.</summary>
    public ulong BytesOf(int slot) => slot < _bytes.Length ? _bytes[slot] : 0;

    public void SetBytes(int slot, ulong bytes) => _bytes[slot] = bytes;

    /// <summary>A register lies in the slot, or its lower bytes do.</summary>
    public bool IsSpilled(int slot) => ByteAt(slot, 0) == StackByte.Spilled;

    public bool IsDynptr(int slot) => ByteAt(slot, 0) == StackByte.Dynptr;

    public bool IsSpilledNumber(int slot) => IsSpilled(slot) && _spilled[slot].IsNumber;

    /// <summary>The stored register is lost; the bytes that it had are numbers from now on.</summary>
    public void Scrub(int slot)
    {
        for (int n = 0; n < SlotBytes; n++)
        {
            if (ByteAt(slot, n) == StackByte.Spilled) SetByte(slot, n, StackByte.Number);
        }
        _spilled[slot] = default;
    }

    public CallFrame Copy()
    {
        var copy = new CallFrame
        {
            CallSite = CallSite,
            Function = Function,
            InCallback = InCallback,
            MaxReturn = MaxReturn,
            CallbackDepth = CallbackDepth,
            Written = Written,
            _bytes = _bytes.Length == 0 ? _bytes : (ulong[])_bytes.Clone(),
            _spilled = _spilled.Length == 0 ? _spilled : (Register[])_spilled.Clone(),
        };
        Registers.CopyTo(copy.Registers, 0);
        return copy;
    }
}
