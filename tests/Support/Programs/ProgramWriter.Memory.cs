using Chainring.Offload.Isa;

namespace Chainring.Tests.Support.Programs;

// Loads, stores, and where they go.
sealed partial class ProgramWriter
{
    const int Slots = 14, SlotBytes = 8;

    void AccessSomething()
    {
        int pointer = Find(r => r.IsMemory);
        if (pointer >= 0) Access(pointer);
        else Packet();
    }

    /// <summary>Something done to memory that is believed to be there.</summary>
    void Access(int pointer)
    {
        if (OneIn(2) || _r[pointer].ReadOnly)
        {
            int to = Free();
            if (to != pointer || OneIn(4)) Load(to, pointer);
            return;
        }
        var (size, offset) = Place(_r[pointer].Room);
        int number = Find(r => r.What == Holds.Number);
        if (number >= 0 && OneIn(2)) _code.Store(size, pointer, offset, number);
        else _code.StoreNumber(size, pointer, offset, Below(256));
    }

    void Load(int to, int pointer)
    {
        var (size, offset) = Place(_r[pointer].Room);
        bool extends = size != AccessSize.Double && OneIn(8);
        _code.Load(size, to, pointer, offset, extends ? LoadKind.SignExtending : LoadKind.Plain);
        _r[to] = extends ? Holding.Number : Holding.UpTo(Largest(size));
    }

    /// <summary>So many bytes at an offset, often the last that are there.</summary>
    (AccessSize Size, int Offset) Place(int room)
    {
        var size = SomeSize;
        while ((int)size > Math.Max(room, 1)) size = (AccessSize)((int)size / 2);
        int last = Math.Max(room - (int)size, 0);
        return (size, Nearly(OneIn(3) ? last : Below(last + 1)));
    }

    void AddAtomically()
    {
        int pointer = Find(r => r.What == Holds.Value && r.Room >= 8 && !r.ReadOnly);
        bool is64 = OneIn(2);
        int bytes = is64 ? 8 : 4;
        int number = SomeNumber(pointer);
        if (_busy[number]) return;
        var op = Of<AtomicOp>(Enum.GetValues<AtomicOp>());
        if (op == AtomicOp.CmpXchg && (_r[0].What != Holds.Number || pointer == 0)) op = AtomicOp.Xchg;
        if (pointer < 0)
        {
            int slot = SomeSlot();
            _code.StoreNumber(AccessSize.Double, Instruction.FramePointer, -slot, Below(100));
            _code.Atomic(op, is64, Instruction.FramePointer, Nearly(-slot), number);
            _spilled[slot] = Holding.Number;
        }
        else
        {
            int places = _r[pointer].Room / bytes;
            _code.Atomic(op, is64, pointer, Nearly(bytes * Below(places)), number);
        }
        if (op == AtomicOp.CmpXchg) _r[0] = Holding.Number;
        else if (op >= AtomicOp.FetchAdd) _r[number] = Holding.Number;
    }

    /// <summary>A value plus a number.</summary>
    void MoveThroughValue()
    {
        int value = Find(r => r.What == Holds.Value && r.Room > 1);
        if (value < 0) value = DirectValue();
        int number = SomeNumber(value);
        var size = SomeSize;
        int room = _r[value].Room;
        if ((int)size > room) size = AccessSize.Byte;
        Narrow(number, (ulong)Math.Max(room - (int)size, 0));
        int moved = FreeBut(value, number);
        _code.Move(moved, value);
        _code.AluOf(AluOp.Add, moved, number);
        _r[moved] = Holding.Memory(Holds.Value, (int)size) with { ReadOnly = _r[value].ReadOnly };
        if (OneIn(6))
        {
            // Back to where it was, as far as the number goes.
            _code.AluOf(AluOp.Sub, moved, number);
            _r[moved] = _r[value];
        }
        Access(moved);
        if (OneIn(3)) Access(moved);
    }

    /// <summary>The address of a value that is always there.</summary>
    int DirectValue()
    {
        int to = Free(saved: OneIn(2));
        var (name, bytes, readOnly) = Of(("bytes", GeneratedMaps.BytesSize, false), ("bytes", GeneratedMaps.BytesSize, false), ("fixed", 32, true));
        int offset = OneIn(2) ? 0 : Below(bytes);
        _code.Value(to, name, Slips ? bytes : offset);
        _r[to] = Holding.Memory(Holds.Value, bytes - offset) with { ReadOnly = readOnly };
        return to;
    }

    // ── The stack ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /// <summary>How far below the frame's top a slot begins.</summary>
    int SomeSlot() => SlotBytes * (1 + Below(Slots));

    /// <summary>Stores a register, or loads one that was stored.</summary>
    void Stack()
    {
        if (_spilled.Count > 0 && !OneIn(3))
        {
            var (slot, held) = _spilled.ElementAt(Below(_spilled.Count));
            Fill(slot, held);
            return;
        }
        int from = Find(r => r.What != Holds.Nothing);
        if (from < 0) return;
        int at = SomeSlot();
        bool isNumber = _r[from].What == Holds.Number;
        var size = isNumber && OneIn(2) ? SomeSize : AccessSize.Double;
        int within = size == AccessSize.Double || OneIn(2) ? 0 : (int)size * Below(SlotBytes / (int)size);
        _code.Store(size, Instruction.FramePointer, Nearly(-at + within), from);
        _spilled[at] = size == AccessSize.Double ? _r[from] : isNumber && within == 0 && _r[from].Most <= Largest(size) ? _r[from] : Holding.Number;
    }

    void Fill(int slot, Holding held)
    {
        int to = Free();
        if (held.What != Holds.Number && !Slips)
        {
            _code.Load(AccessSize.Double, to, Instruction.FramePointer, -slot);
            _r[to] = held;
            return;
        }
        var size = OneIn(2) ? AccessSize.Double : SomeSize;
        int within = OneIn(2) ? 0 : (int)size * Below(SlotBytes / (int)size);
        _code.Load(size, to, Instruction.FramePointer, Nearly(-slot + within));
        _r[to] = within == 0 && held.Most <= Largest(size) ? held : Holding.UpTo(Largest(size));
    }

    /// <summary>A place on the stack that a number decides.</summary>
    void MoveThroughStack()
    {
        int number = SomeNumber();
        var size = SomeSize;
        int bytes = SlotBytes << Below(4);
        Narrow(number, (ulong)(bytes - (int)size));
        if (_busy[number]) return;
        if (size != AccessSize.Byte) _code.Alu(AluOp.And, number, -(int)size);
        int pointer = FreeBut(number), top = SlotBytes * (1 + Below(4));
        _code.Move(pointer, Instruction.FramePointer);
        _code.Alu(AluOp.Add, pointer, Nearly(-(bytes + top)));
        _code.AluOf(AluOp.Add, pointer, number);
        _r[pointer] = Holding.Nothing;
        if (OneIn(2))
        {
            int from = Find(r => r.What == Holds.Number);
            if (from >= 0 && OneIn(2)) _code.Store(size, pointer, 0, from);
            else _code.StoreNumber(size, pointer, 0, OneIn(2) ? 0 : Below(100));
            foreach (int slot in _spilled.Keys.Where(s => s > top && s <= top + bytes).ToList()) _spilled[slot] = Holding.Number;
            return;
        }
        int to = Free();
        _code.Load(size, to, pointer, 0);
        _r[to] = Holding.UpTo(Largest(size));
    }
}
