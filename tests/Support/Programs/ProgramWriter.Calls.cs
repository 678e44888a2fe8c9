using Chainring.Offload.Isa;

namespace Chainring.Tests.Support.Programs;

// Helpers and kfuncs, with arguments that suit them.
sealed partial class ProgramWriter
{
    static readonly int[] Plain = [5, 7, HelperTable.ProcessorId, 42, 118, 125, 160, 208];

    void CallSomething()
    {
        int context = Find(r => r.What == Holds.Context);
        if (context is < FirstSaved and not -1 || context < 0 && !OneIn(2)) return;
        switch (Below(29))
        {
            case < 2: CallPlain(); break;
            case < 4: Checksum(); break;
            case < 6: CopyFromPacket(context, of: 189); break;
            case 6: CopyFromPacket(context, of: 190); break;
            case < 9: MovePacket(context); break;
            case 9: ReserveRecord(); break;
            case 10: PutOut(context); break;
            case 11: UseQueue(); break;
            case 12: Redirect(); break;
            case < 15: Repeat(); break;
            case 15: WalkMap(); break;
            case 16: UseDynptrOfValue(); break;
            case 17: UseDynptrOfPacket(context); break;
            case 18: UseDynptrOfRecord(); break;
            case < 21: Lock(); break;
            case 21: ParseNumber(); break;
            case 22: CheckMtu(context); break;
            case 23: LookUpSocket(context); break;
            case 24: TailCall(context); break;
            case 25: CompareText(); break;
            case 26: LookUpRoute(context); break;
            default: Update(); break;
        }
    }

    /// <summary>A call, after which r0 holds a number at most.</summary>
    void Call(int helper, Holding result = default)
    {
        _code.Call(helper);
        CallClobbers();
        _r[0] = result;
    }

    void CallPlain()
    {
        int helper = Of<int>(Plain);
        Call(helper, helper == HelperTable.ProcessorId ? Holding.UpTo(1) : Holding.Number);
    }

    /// <summary>Memory for a helper in a register, at least so many bytes.</summary>
    void Memory(int register, int bytes, bool packet, bool written = false)
    {
        int found = OneIn(2) ? -1 : Find(r => r.Room >= bytes && (r.What == Holds.Value && !(written && r.ReadOnly) || r.What == Holds.Packet && packet));
        if (found > 0 && found >= FirstSaved)
        {
            _code.Move(register, found);
            if (_r[found].Room > bytes && OneIn(2)) _code.Alu(AluOp.Add, register, Nearly(_r[found].Room - bytes));
            return;
        }
        int slot = Math.Max(SomeSlot(), (bytes + SlotBytes - 1) / SlotBytes * SlotBytes);
        if (OneIn(2) && bytes <= 16)
        {
            for (int at = 0; at < bytes; at += SlotBytes) _code.StoreNumber(AccessSize.Double, Instruction.FramePointer, at - slot, Below(4));
        }
        _code.Move(register, Instruction.FramePointer);
        _code.Alu(AluOp.Add, register, Nearly(-slot));
        for (int at = slot; at > slot - bytes; at -= SlotBytes)
        {
            if (written && _spilled.ContainsKey(at)) _spilled[at] = Holding.Number;
            // Helpers may read a pointer, but what they leave there is none.
        }
    }

    /// <summary>A size in a register: a constant, or a number that is at most that.</summary>
    void Size(int register, int most, int multipleOf = 1)
    {
        int number = OneIn(3) ? Find(r => r.What == Holds.Number) : -1;
        if (number < FirstSaved || multipleOf > 1)
        {
            _code.Set(register, Nearly(Math.Max(multipleOf, (1 + Below(most)) / multipleOf * multipleOf)));
            return;
        }
        _code.Move(register, number);
        _r[register] = _r[number];
        Narrow(register, (ulong)most);
        if (!Slips && OneIn(2)) Fail(CompareOp.Eq, register, 0);
        _r[register] = Holding.Nothing;
    }

    void Checksum()
    {
        int bytes = 4 * (1 + Below(8));
        Memory(1, bytes, packet: true);
        Size(2, bytes, 4);
        Memory(3, bytes, packet: true);
        Size(4, bytes, 4);
        if (OneIn(4))
        {
            _code.Set(1, 0);
            _code.Set(2, Nearly(0));
        }
        _code.Set(5, Below(3));
        Call(28, Holding.Number);
    }

    /// <summary>Between the packet and other memory, either way.</summary>
    void CopyFromPacket(int context, int of)
    {
        int bytes = 1 + Below(40);
        int offset = Find(r => r.What == Holds.Number);
        Size(4, bytes);
        Memory(3, bytes, packet: false, written: of == 189);
        if (offset >= FirstSaved && OneIn(2)) _code.Move(2, offset);
        else _code.Set(2, Below(20));
        if (context >= 0) _code.Move(1, context);
        Call(of, Holding.Number);
    }

    void MovePacket(int context)
    {
        if (context < 0) return;
        _code.Move(1, context);
        int helper = Of(44, 65, 65, 54, 44);
        _code.Set(2, helper == 54 ? Of(-8, -8, -4, 0) : Of(-16, -8, 4, 8, 20));
        Call(helper, Holding.Number);
        PacketMoves();
        if (OneIn(2)) Fail(CompareOp.Ne, 0, 0);
        if (helper == 54 && OneIn(2)) Metadata(context);
        else if (!OneIn(4)) Packet();
    }

    // ── Maps ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    void Lookup()
    {
        var (map, keyBytes, valueBytes) = Of(("table", 4, GeneratedMaps.TableSize), ("table", 4, GeneratedMaps.TableSize), ("hash", GeneratedMaps.HashKey, GeneratedMaps.HashSize), ("per_cpu", 4, 8), ("bytes", 4, GeneratedMaps.BytesSize), ("outer", 4, 32), ("sealed", 4, 16));
        Key(keyBytes);
        _code.Map(1, map);
        Call(1, Holding.Nothing);
        bool isThere = NullCheck();
        if (map == "outer")
        {
            if (!isThere) return;
            int slot = SomeSlot();
            _code.StoreNumber(AccessSize.Word, Instruction.FramePointer, -slot, Below(3));
            _spilled.Remove(slot);
            _code.Move(1, 0);
            _code.Sum(2, Instruction.FramePointer, -slot);
            Call(1, Holding.Nothing);
            isThere = NullCheck();
        }
        if (!isThere) return;
        int to = OneIn(3) ? 0 : Free(saved: true);
        if (to != 0) _code.Move(to, 0);
        _r[to] = Holding.Memory(Holds.Value, valueBytes) with { ReadOnly = false };
        if (map == "sealed")
        {
            var (size, offset) = Place(valueBytes);
            _code.StoreNumber(size, to, offset, 1);
            _r[to] = Holding.Nothing;
            return;
        }
        for (int n = Below(3); n > 0; n--) Access(to);
    }

    /// <summary>A key in r2: on the stack, in a value, or in the packet.</summary>
    void Key(int bytes)
    {
        int number = Find(r => r.What == Holds.Number);
        if (OneIn(4))
        {
            Memory(2, bytes, packet: true);
            return;
        }
        int slot = SomeSlot();
        var size = bytes == 4 ? AccessSize.Word : AccessSize.Double;
        if (number >= 0 && OneIn(2)) _code.Store(size, Instruction.FramePointer, -slot, number);
        else _code.StoreNumber(size, Instruction.FramePointer, -slot, Below(6));
        _spilled[slot] = Holding.Number;
        _code.Sum(2, Instruction.FramePointer, -slot);
    }

    /// <summary>r0 is not null from here on; false if that was forgotten, or the other way was taken.</summary>
    bool NullCheck()
    {
        if (Slips) return true;
        switch (Below(4))
        {
            case 0:
                int there = _code.NewLabel();
                _code.Branch(CompareOp.Ne, 0, 0, there);
                _code.Goto(_out);
                _code.Place(there);
                return true;
            case 1 when OneIn(3):
                _code.Branch(CompareOp.Ne, 0, 0, _out);
                _r[0] = Holding.UpTo(0);
                return false;
            default:
                Fail(CompareOp.Eq, 0, 0);
                return true;
        }
    }

    void Update()
    {
        if (OneIn(5))
        {
            Key(GeneratedMaps.HashKey);
            _code.Map(1, "hash");
            Call(3, Holding.Number);
            return;
        }
        var (map, key, value) = Of(("hash", GeneratedMaps.HashKey, GeneratedMaps.HashSize), ("table", 4, GeneratedMaps.TableSize), ("per_cpu", 4, 8), ("bytes", 4, GeneratedMaps.BytesSize));
        Key(key);
        Memory(3, value, packet: true);
        _code.Set(4, OneIn(4) ? Below(4) : 0);
        _code.Map(1, map);
        Call(2, Holding.Number);
    }

    void UseQueue()
    {
        int helper = Of(87, 88, 89);
        Memory(2, 8, packet: helper == 87, written: helper != 87);
        _code.Map(1, "queue");
        if (helper == 87) _code.Set(3, OneIn(4) ? 2 : 0);
        Call(helper, Holding.Number);
    }

    void Redirect()
    {
        if (OneIn(2))
        {
            _code.Set(1, Below(3));
            _code.Set(2, 0);
            Call(23, Holding.Number);
            return;
        }
        int key = Find(r => r.What == Holds.Number);
        if (key >= 0 && key != 1) _code.Move(2, key);
        else _code.Set(2, Below(5));
        _code.Map(1, "devices");
        _code.Set(3, Below(4));
        Call(51, Holding.Number);
    }

    void TailCall(int context)
    {
        if (context < 0) return;
        _code.Move(1, context);
        _code.Map(2, "programs");
        _code.Set(3, Below(5));
        Call(HelperTable.TailCallId, Holding.Nothing);
        if (_inFunction) PacketMoves();
    }

    // ── What is put out ────────────────────────────────────────────────────────────────────────────────────────────────

    void ReserveRecord()
    {
        int bytes = 8 * (1 + Below(4));
        _code.Map(1, "ring");
        _code.Set(2, bytes);
        _code.Set(3, 0);
        Call(131, Holding.Nothing);
        if (!Slips) Fail(CompareOp.Eq, 0, 0);
        var (size, offset) = Place(bytes);
        int number = Find(r => r.What == Holds.Number);
        if (number > 0) _code.Store(size, 0, offset, number);
        else _code.StoreNumber(size, 0, offset, 7);
        int kept = OneIn(3) ? Free(saved: true) : -1;
        if (kept >= 0)
        {
            _code.Move(kept, 0);
            // A pointer into what is given back.
            _r[kept] = Slips ? Holding.Memory(Holds.Value, bytes) : Holding.Nothing;
        }
        if (Slips) return;
        _code.Move(1, 0);
        if (Slips) _code.Alu(AluOp.Add, 1, 8);
        _code.Set(2, 0);
        Call(OneIn(3) ? 133 : 132, Holding.Nothing);
    }

    void PutOut(int context)
    {
        int bytes = 8 * (1 + Below(3));
        if (OneIn(2))
        {
            Memory(2, bytes, packet: false);
            Size(3, bytes);
            _code.Map(1, "ring");
            _code.Set(4, 0);
            Call(130, Holding.Number);
            return;
        }
        if (context < 0) return;
        Memory(4, bytes, packet: false);
        Size(5, bytes);
        _code.Move(1, context);
        _code.Map(2, "events");
        _code.Constant(3, uint.MaxValue);
        Call(25, Holding.Number);
    }

    // ── Functions that are called back ─────────────────────────────────────────────────────────────────────────────────

    void Repeat()
    {
        if (_functionsLeft == 0) return;
        int number = OneIn(3) ? Find(r => r.What == Holds.Number) : -1;
        int slot = OneIn(2) ? SomeSlot() : 0;
        if (slot > 0) _code.StoreNumber(AccessSize.Double, Instruction.FramePointer, -slot, Below(8));
        if (number >= FirstSaved)
        {
            _code.Move(1, number);
            _r[1] = _r[number];
            Narrow(1, 31);
        }
        else
        {
            // Linux cannot compile a loop of no rounds (README.md of the oracle).
            _code.Set(1, Slips ? 0 : 1 + Below(20));
        }
        int function = NewFunction(() => UseCallContext(2, slot > 0), [Holding.Number, Holding.Nothing], isCallback: true);
        _code.Function(2, function);
        if (slot > 0)
        {
            _code.Sum(3, Instruction.FramePointer, -slot);
            _spilled[slot] = Holding.Number;
        }
        else
        {
            _code.Set(3, 0);
        }
        _code.Set(4, Nearly(0));
        Call(HelperTable.LoopId, Holding.Number);
    }

    void WalkMap()
    {
        if (_functionsLeft == 0) return;
        var (map, value) = Of(("table", GeneratedMaps.TableSize), ("hash", GeneratedMaps.HashSize));
        int slot = OneIn(2) ? SomeSlot() : 0;
        if (slot > 0) _code.StoreNumber(AccessSize.Double, Instruction.FramePointer, -slot, Below(8));
        int function = NewFunction(() => UseCallContext(4, slot > 0),
            [Holding.Nothing, Holding.Memory(Holds.Value, map == "hash" ? 8 : 4) with { ReadOnly = true }, Holding.Memory(Holds.Value, value), Holding.Nothing], isCallback: true);
        _code.Map(1, map);
        _code.Function(2, function);
        if (slot > 0)
        {
            _code.Sum(3, Instruction.FramePointer, -slot);
            _spilled[slot] = Holding.Number;
        }
        else
        {
            _code.Set(3, 0);
        }
        _code.Set(4, 0);
        Call(164, Holding.Number);
    }

    /// <summary>What a function that is called back does with the number on its caller's stack.</summary>
    void UseCallContext(int register, bool isThere)
    {
        if (!isThere || OneIn(3)) return;
        int kept = Free(saved: true);
        _code.Load(AccessSize.Double, kept, register, Nearly(0));
        if (OneIn(2))
        {
            _code.Alu(AluOp.Add, kept, 1);
            _code.Store(AccessSize.Double, register, 0, kept);
        }
        _r[kept] = Holding.Number;
    }

    // ── Dynamic pointers ───────────────────────────────────────────────────────────────────────────────────────────────

    void UseDynptrOfValue()
    {
        int slot = PlaceForDynptr();
        _code.Value(1, "bytes", 0);
        Size(2, GeneratedMaps.BytesSize);
        _code.Set(3, 0);
        _code.Sum(4, Instruction.FramePointer, -slot);
        Call(197, Holding.Number);
        UseDynptr(slot);
    }

    void UseDynptrOfPacket(int context)
    {
        if (context < 0) return;
        int slot = PlaceForDynptr();
        _code.Move(1, context);
        _code.Set(2, 0);
        _code.Sum(3, Instruction.FramePointer, -slot);
        CallKfunc("bpf_dynptr_from_xdp");
        UseDynptr(slot);
    }

    void UseDynptrOfRecord()
    {
        int slot = PlaceForDynptr();
        _code.Map(1, "ring");
        Size(2, 64);
        _code.Set(3, 0);
        _code.Sum(4, Instruction.FramePointer, -slot);
        Call(198, Holding.Number);
        if (OneIn(2))
        {
            _code.Sum(1, Instruction.FramePointer, -slot);
            _code.Set(2, 0);
            _code.StoreNumber(AccessSize.Double, Instruction.FramePointer, -120, 5);
            _code.Sum(3, Instruction.FramePointer, -120);
            _code.Set(4, 8);
            _code.Set(5, 0);
            Call(202, Holding.Number);
        }
        if (Slips) return;
        _code.Sum(1, Instruction.FramePointer, -slot);
        _code.Set(2, 0);
        Call(OneIn(3) ? 200 : 199, Holding.Nothing);
    }

    /// <summary>The lower of two slots.</summary>
    int PlaceForDynptr()
    {
        int slot = SomeSlot() + SlotBytes;
        _spilled.Remove(slot);
        _spilled.Remove(slot - SlotBytes);
        return slot;
    }

    void UseDynptr(int slot)
    {
        switch (Below(3))
        {
            case 0:
                _code.Sum(1, Instruction.FramePointer, -slot);
                _code.Set(2, Below(8));
                _code.Set(3, 8);
                Call(203, Holding.Nothing);
                // Of a frame no address is given out, but that only a verifier of all kinds knows.
                if (!NullCheck()) return;
                _r[0] = Holding.Memory(Holds.Value, 8);
                Access(0);
                break;
            case 1:
                _code.Sum(1, Instruction.FramePointer, -slot);
                _code.Set(2, Below(20));
                _code.Sum(3, Instruction.FramePointer, -136);
                _code.Set(4, 8);
                CallKfunc(OneIn(2) ? "bpf_dynptr_slice" : "bpf_dynptr_slice_rdwr");
                if (!NullCheck()) return;
                _r[0] = Holding.Memory(Holds.Value, 8) with { ReadOnly = true };
                Access(0);
                break;
            default:
                Memory(1, 16, packet: false, written: true);
                Size(2, 16);
                _code.Sum(3, Instruction.FramePointer, -slot);
                _code.Set(4, Below(8));
                _code.Set(5, 0);
                Call(201, Holding.Number);
                break;
        }
    }

    void CallKfunc(string name)
    {
        _code.CallKfunc(name);
        CallClobbers();
    }

    // ── Others ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    void Lock()
    {
        int value = Free(saved: true);
        _code.Value(value, "locked", 0);
        _code.Move(1, value);
        Call(93, Holding.Nothing);
        var (size, offset) = Place(GeneratedMaps.LockedSize - GeneratedMaps.LockBytes);
        if (OneIn(2)) _code.StoreNumber(size, value, offset + (Slips ? 0 : GeneratedMaps.LockBytes), 1);
        else _code.Load(size, FreeBut(value), value, offset + GeneratedMaps.LockBytes);
        if (!Slips)
        {
            _code.Move(1, value);
            Call(HelperTable.UnlockId, Holding.Nothing);
        }
        _r[value] = Holding.Nothing;
    }

    void ParseNumber()
    {
        int bytes = 8;
        int slot = SomeSlot();
        Memory(1, bytes, packet: false);
        Size(2, bytes);
        _code.Set(3, Of(0, 8, 10, 16));
        _code.Sum(4, Instruction.FramePointer, Nearly(-slot));
        Call(Of(105, 106), Holding.Number);
        _spilled[slot] = Holding.Number;
    }

    void CheckMtu(int context)
    {
        if (context < 0) return;
        int slot = SomeSlot();
        _code.StoreNumber(AccessSize.Double, Instruction.FramePointer, -slot, 0);
        _spilled[slot] = Holding.Number;
        _code.Move(1, context);
        _code.Set(2, 0);
        _code.Sum(3, Instruction.FramePointer, Nearly(-slot));
        _code.Set(4, Below(100));
        _code.Set(5, 0);
        Call(163, Holding.Number);
    }

    void LookUpSocket(int context)
    {
        if (context < 0) return;
        int bytes = Of(12, 36);
        Memory(2, bytes, packet: true);
        _code.Move(1, context);
        _code.Set(3, bytes);
        _code.Constant(4, uint.MaxValue);
        _code.Set(5, 0);
        Call(Of(84, 85, 99), Holding.Nothing);
        int end = _code.NewLabel();
        if (!Slips) _code.Branch(CompareOp.Eq, 0, 0, end);
        if (OneIn(2)) _code.Load(AccessSize.Word, FreeBut(0), 0, Of(0, 4, 4, 8, 36, 44));
        _code.Move(1, 0);
        if (!Slips) Call(86, Holding.Nothing);
        _code.Place(end);
        CallClobbers();
    }

    void LookUpRoute(int context)
    {
        if (context < 0) return;
        Memory(2, 64, packet: false, written: true);
        _code.Move(1, context);
        _code.Set(3, Nearly(64));
        _code.Set(4, Below(3));
        Call(69, Holding.Number);
    }

    void CompareText()
    {
        Memory(1, 8, packet: false);
        Size(2, 8);
        _code.Value(3, "fixed", Of(24, 26, 0));
        Call(182, Holding.Number);
    }
}
