using Chainring.Offload.Isa;

namespace Chainring.Tests.Support.Programs;

// Addresses in the packet, and how far they are checked.
sealed partial class ProgramWriter
{
    const int Data = 0, DataEnd = 4, DataMeta = 8;

    /// <summary>data, data_end, and a check of so many bytes.</summary>
    void Packet()
    {
        int context = Find(r => r.What == Holds.Context);
        if (context < 0) return;
        int data = Free(saved: !OneIn(3));
        if (data == context) return;
        int end = FreeBut(data, context);
        if (OneIn(2))
        {
            _code.Load(AccessSize.Word, data, context, Data);
            _code.Load(AccessSize.Word, end, context, DataEnd);
        }
        else
        {
            _code.Load(AccessSize.Word, end, context, DataEnd);
            _code.Load(AccessSize.Word, data, context, Data);
        }
        (_r[data], _r[end]) = (new(Holds.Packet), new(Holds.PacketEnd));
        Check(data, end, Of(14, 14, 34, 34, 42, 54, 1 + Below(64)));
        for (int n = Below(3); n > 0; n--) Access(data);
    }

    /// <summary>Ends the program unless <paramref name="bytes"/> lie between a packet pointer and the end.</summary>
    void Check(int pointer, int end, int bytes)
    {
        int limit = FreeBut(pointer, end);
        int moved = Nearly(bytes);
        if (OneIn(6))
        {
            _code.Sum(limit, pointer, moved + 2);
            _code.Alu(AluOp.Sub, limit, 2);
        }
        else
        {
            _code.Sum(limit, pointer, moved);
        }
        int enough = _code.NewLabel();
        switch (Slips ? 10 + Below(4) : Below(10))
        {
            case < 4: _code.BranchOf(CompareOp.Gt, limit, end, _out); break;
            case 4: _code.BranchOf(CompareOp.Lt, end, limit, _out); break;
            case 5: _code.BranchOf(CompareOp.Ge, limit, end, _out); break;
            case 6: _code.BranchOf(CompareOp.Le, end, limit, _out); break;
            case 7: Unless(CompareOp.Le, limit, end); break;
            case 8: Unless(CompareOp.Ge, end, limit); break;
            case 9: Unless(CompareOp.Lt, limit, end); break;
            case 10: _code.BranchOf(CompareOp.Lt, limit, end, _out); break;
            case 11: _code.BranchOf(CompareOp.SGt, limit, end, _out); break;
            case 12: _code.BranchOf(CompareOp.Gt, limit, end, _out, is64: false); break;
            default: _code.BranchOf(CompareOp.Eq, limit, end, _out); break;
        }
        _r[pointer] = _r[pointer] with { Room = Math.Max(_r[pointer].Room, bytes) };
        _r[limit] = new(Holds.Packet);
        if (OneIn(4) && bytes >= 8)
        {
            // What lies before a checked address is there too.
            var size = SomeSize;
            int to = FreeBut(pointer, end, limit);
            _code.Load(size, to, limit, -Nearly((int)size + Below(bytes - (int)size + 1)));
            _r[to] = Holding.UpTo(Largest(size));
        }
        if (OneIn(2)) _r[limit] = Holding.Nothing;

        void Unless(CompareOp op, int a, int b)
        {
            _code.BranchOf(op, a, b, enough);
            _code.Goto(_out);
            _code.Place(enough);
        }
    }

    /// <summary>A packet pointer plus a number, checked anew.</summary>
    void MoveThroughPacket()
    {
        int pointer = Find(r => r.What == Holds.Packet), context = Find(r => r.What == Holds.Context);
        if (pointer < 0 || context < 0)
        {
            Packet();
            return;
        }
        int number = SomeNumber(pointer, context);
        Narrow(number, Of<ulong>(15, 60, 63, 255, 1000, 0xffff, 0x7fff));
        if (OneIn(4) && _r[number].Most < 0x4000)
        {
            int by = 1 + Below(2);
            _code.Alu(AluOp.Lsh, number, by);
            _r[number] = Holding.UpTo(_r[number].Most << by);
        }
        int moved = FreeBut(pointer, number, context);
        if (OneIn(3))
        {
            _code.Move(moved, number);
            _code.AluOf(AluOp.Add, moved, pointer);
        }
        else
        {
            _code.Move(moved, pointer);
            _code.AluOf(AluOp.Add, moved, number);
        }
        if (OneIn(3)) _code.Alu(AluOp.Add, moved, Of(2, 14, 20));
        _r[moved] = new(Holds.Packet);
        int end = FreeBut(pointer, number, context, moved);
        _code.Load(AccessSize.Word, end, context, DataEnd);
        _r[end] = new(Holds.PacketEnd);
        Check(moved, end, 1 + Below(20));
        Access(moved);
        if (OneIn(2)) Access(moved);
    }

    /// <summary>Bytes before the packet, which are compared with its start.</summary>
    void Metadata(int context)
    {
        int meta = FreeBut(context), data = FreeBut(meta, context), limit = FreeBut(meta, data, context);
        _code.Load(AccessSize.Word, meta, context, DataMeta);
        _code.Load(AccessSize.Word, data, context, Data);
        _code.Sum(limit, meta, 8);
        _code.BranchOf(CompareOp.Gt, limit, data, _out);
        (_r[meta], _r[data], _r[limit]) = (Holding.Memory(Holds.Packet, 8), new(Holds.Packet), Holding.Nothing);
        Access(meta);
    }

    void PacketMoves()
    {
        for (int n = 0; n < Registers; n++)
        {
            if (_r[n].What is Holds.Packet or Holds.PacketEnd && !Slips) _r[n] = Holding.Nothing;
        }
        foreach (var (slot, held) in _spilled)
        {
            if (held.What is Holds.Packet or Holds.PacketEnd) _spilled.Remove(slot);
        }
    }
}
