using System.Numerics;
using Chainring.Offload.Isa;

namespace Chainring.Tests.Support.Programs;

// Numbers, and what bounds them.
sealed partial class ProgramWriter
{
    static readonly CompareOp[] Comparisons = Enum.GetValues<CompareOp>();

    static ulong Largest(AccessSize size) => ulong.MaxValue >> (64 - 8 * (int)size);

    /// <summary>A number that nobody knows: one that is there, or a new one.</summary>
    int SomeNumber(params ReadOnlySpan<int> but)
    {
        int found = Find(r => r.What == Holds.Number);
        if (found >= 0 && !_busy[found] && !but.Contains(found) && !OneIn(4)) return found;
        int to = FreeBut(but);
        int packet = Find(r => r.What == Holds.Packet && r.Room >= 8), value = Find(r => r.What == Holds.Value && r.Room >= 8);
        int context = Find(r => r.What == Holds.Context);
        if (packet >= 0 && OneIn(2)) Load(to, packet);
        else if (value >= 0 && OneIn(2)) Load(to, value);
        else if (context >= 0)
        {
            _code.Load(AccessSize.Word, to, context, Of(12, 16));
            _r[to] = Holding.UpTo(uint.MaxValue);
        }
        else
        {
            _code.Set(to, Below(100));
            _r[to] = Holding.UpTo(100);
        }
        return to;
    }

    /// <summary>Makes a number at most <paramref name="limit"/>, in one of many ways.</summary>
    void Narrow(int number, ulong limit)
    {
        if (_r[number].What == Holds.Number && _r[number].Most <= limit && !OneIn(4)) return;
        if (Slips) return;
        if (_busy[number]) return;
        long most = Nearly((int)limit);
        switch (Below(13))
        {
            case < 3:
                most = (long)(ulong.MaxValue >> 1 >> BitOperations.LeadingZeroCount(limit + 1));
                if (OneIn(3)) most &= ~Of(1L, 3, 7);
                if (Slips) most = most * 2 + 1;
                _code.Alu(AluOp.And, number, most, is64: !OneIn(3));
                limit = (ulong)most;
                break;
            case < 5:
                Fail(CompareOp.Gt, number, most);
                break;
            case 5:
                Fail(CompareOp.SGt, number, most);
                if (_r[number].Most > long.MaxValue && !Slips) Fail(CompareOp.SLt, number, OneIn(2) ? 0 : 1);
                break;
            case 6:
                if (!Slips) _code.AluOf(AluOp.Mov, number, number, is64: false);
                Fail(CompareOp.Gt, number, most, is64: OneIn(2));
                break;
            case 7:
                int rest = BitOperations.LeadingZeroCount(limit) + 1;
                bool short32 = rest > 33 && OneIn(2);
                _code.Alu(AluOp.Rsh, number, short32 ? rest - 32 : rest, is64: !short32);
                break;
            case 8:
                int other = FreeBut(number);
                _code.Set(other, most);
                if (OneIn(2)) _code.BranchOf(CompareOp.Gt, number, other, _out);
                else _code.BranchOf(CompareOp.Lt, other, number, _out);
                _r[other] = Holding.UpTo(limit);
                break;
            case 9:
                int copy = FreeBut(number);
                _code.Move(copy, number);
                if (OneIn(2)) _code.Alu(AluOp.Add, copy, Below(8));
                Fail(CompareOp.Gt, copy, most);
                _r[copy] = Holding.UpTo(limit);
                break;
            case 10:
                int slot = SomeSlot();
                var size = _r[number].Most <= uint.MaxValue && OneIn(2) ? AccessSize.Word : AccessSize.Double;
                _code.Store(size, Instruction.FramePointer, -slot, number);
                Fail(CompareOp.Gt, number, most);
                _code.Load(Slips ? AccessSize.Word : size, number, Instruction.FramePointer, -slot);
                _spilled[slot] = Holding.UpTo(limit);
                break;
            case 11:
                int enough = _code.NewLabel();
                _code.Branch(CompareOp.Le, number, most, enough);
                if (OneIn(2)) _code.Set(number, Below((int)limit + 1));
                else _code.Goto(_out);
                _code.Place(enough);
                break;
            default:
                var half = Of(AluOp.MovSx8, AluOp.MovSx16, AluOp.MovSx32);
                _code.AluOf(half, number, number, is64: half == AluOp.MovSx32 || OneIn(2));
                Fail(CompareOp.Gt, number, most);
                break;
        }
        _r[number] = Holding.UpTo(limit);
    }

    /// <summary>Any operation on numbers.</summary>
    void Calculate()
    {
        for (int n = 1 + Below(3); n > 0; n--)
        {
            int a = SomeNumber();
            if (_busy[a]) return;
            bool is64 = !OneIn(3);
            var op = (AluOp)Below((int)AluOp.Swap64 + 1);
            bool isUnary = op is AluOp.Neg or >= AluOp.Le16;
            if (op is AluOp.Mov or AluOp.MovSx8 or AluOp.MovSx16 or AluOp.MovSx32)
            {
                int to = Free();
                _code.AluOf(op, to, a, is64 || op == AluOp.MovSx32);
                _r[to] = op == AluOp.Mov && _r[a].Most <= uint.MaxValue ? _r[a] : Holding.Number;
                continue;
            }
            int b = Find(r => r.What == Holds.Number);
            int bits = is64 ? 64 : 32;
            if (isUnary) _code.Alu(op, a, BitsOf(op), is64 || op >= AluOp.Le16);
            else if (b >= 0 && OneIn(2)) _code.AluOf(op, a, b, is64);
            else _code.Alu(op, a, op is AluOp.Lsh or AluOp.Rsh or AluOp.Arsh ? Nearly(Below(bits)) : op is AluOp.Div or AluOp.Mod or AluOp.SDiv or AluOp.SMod ? 1 + Below(30) : Constant(), is64);
            _r[a] = Holding.Number;
        }
    }

    static int BitsOf(AluOp op) => op switch
    {
        AluOp.Le16 or AluOp.Be16 or AluOp.Swap16 => 16,
        AluOp.Le32 or AluOp.Be32 or AluOp.Swap32 => 32,
        AluOp.Le64 or AluOp.Be64 or AluOp.Swap64 => 64,
        _ => 0,
    };

    int Constant() => Below(6) switch
    {
        0 => Below(256),
        1 => 1 << Below(31),
        2 => (1 << Below(31)) - 1,
        3 => -1 - Below(64),
        4 => int.MinValue >> Below(31),
        _ => Below(16),
    };

    /// <summary>A condition on numbers that are there.</summary>
    void BranchOnSomething(int label)
    {
        int a = SomeNumber(), b = Find(r => r.What == Holds.Number);
        bool is64 = !OneIn(3);
        var op = Of<CompareOp>(Comparisons);
        if (b >= 0 && OneIn(3)) _code.BranchOf(op, a, b, label, is64);
        else _code.Branch(op, a, Constant(), label, is64);
    }
}
