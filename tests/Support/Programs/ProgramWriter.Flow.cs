using Chainring.Offload.Isa;

namespace Chainring.Tests.Support.Programs;

// Paths that part and meet, loops, and functions.
sealed partial class ProgramWriter
{
    const int Deepest = 2;

    /// <summary>One way or the other, or something or nothing.</summary>
    void Choose()
    {
        if (_depth == Deepest) return;
        _depth++;
        int other = _code.NewLabel(), end = _code.NewLabel();
        bool hasOther = OneIn(2);
        BranchOnSomething(other);
        var (registers, stack) = ((Holding[])_r.Clone(), new Dictionary<int, Holding>(_spilled));
        Steps(1 + Below(2));
        if (hasOther) _code.Goto(end);
        _code.Place(other);
        var (registersThen, stackThen) = (_r, _spilled);
        (_r, _spilled) = (registers, stack);
        if (hasOther) Steps(1 + Below(2));
        _code.Place(end);
        Merge(registersThen, stackThen);
        _depth--;
    }

    /// <summary>What both ways have in common.</summary>
    void Merge(Holding[] other, Dictionary<int, Holding> otherStack)
    {
        for (int n = 0; n < Registers; n++) _r[n] = Slips ? _r[n] : Common(_r[n], other[n]);
        foreach (int slot in _spilled.Keys.ToList())
        {
            var common = otherStack.TryGetValue(slot, out var held) ? Common(_spilled[slot], held) : Holding.Nothing;
            if (common.What == Holds.Nothing) _spilled.Remove(slot);
            else _spilled[slot] = common;
        }
    }

    static Holding Common(Holding a, Holding b) =>
        a.What != b.What ? Holding.Nothing
        : a with { Most = Math.Max(a.Most, b.Most), Room = Math.Min(a.Room, b.Room), ReadOnly = a.ReadOnly || b.ReadOnly };

    /// <summary>A few rounds, whose number may be used as one.</summary>
    void Loop()
    {
        if (_depth == Deepest) return;
        _depth++;
        int counter = Free(saved: true);
        if (_r[counter].What != Holds.Nothing && !OneIn(3) || counter == Context)
        {
            _depth--;
            return;
        }
        int rounds = 1 + Below(OneIn(10) ? 100 : 9), limit = -1;
        if (OneIn(4))
        {
            limit = SomeNumber(counter);
            if (limit < FirstSaved || limit == counter) limit = -1;
            else
            {
                Narrow(limit, (ulong)rounds);
                _busy[limit] = true;
            }
        }
        _code.Set(counter, 0);
        _r[counter] = Holding.UpTo((ulong)rounds);
        _busy[counter] = true;
        int again = _code.NewLabel(), end = _code.NewLabel();
        // What a round changes is not what it was in the next.
        var before = (Holding[])_r.Clone();
        var stack = new Dictionary<int, Holding>(_spilled);
        _spilled = [];
        for (int n = 0; n < Registers; n++)
        {
            if (_r[n].What == Holds.Number && !_busy[n]) _r[n] = Slips ? _r[n] : Holding.Number;
        }
        _code.Place(again);
        bool mayEnd = OneIn(12);
        if (mayEnd) _code.MayGoto(end);
        if (limit >= 0) _code.BranchOf(Of(CompareOp.Ge, CompareOp.Ge, CompareOp.SGe, CompareOp.Eq), counter, limit, end);
        Steps(1 + Below(2));
        if (OneIn(4)) BranchOnSomething(end);
        _code.Alu(AluOp.Add, counter, Slips ? 0 : 1);
        if (limit >= 0) _code.Goto(again);
        else _code.Branch(Of(CompareOp.Lt, CompareOp.Ne, CompareOp.SLt, CompareOp.Lt), counter, rounds, again, is64: !OneIn(4));
        _code.Place(end);
        _busy[counter] = false;
        if (limit >= 0) _busy[limit] = false;
        Merge(before, stack);
        _depth--;
    }

    /// <summary>A function that is there and takes what there is, or a new one.</summary>
    void CallFunction()
    {
        foreach (var (label, parameters) in _callable)
        {
            if (OneIn(2) || !TryPass(parameters)) continue;
            Called(label);
            return;
        }
        if (_functionsLeft == 0 || _inFunction && OneIn(2)) return;
        var arguments = new Holding[1 + Below(4)];
        for (int n = 0; n < arguments.Length; n++)
        {
            int found = Find(r => r.What is not (Holds.Nothing or Holds.Stack));
            arguments[n] = found < 0 ? Holding.UpTo(7) : _r[found] with { Most = _r[found].What == Holds.Number ? Math.Max(_r[found].Most, 7) : ulong.MaxValue };
        }
        if (!TryPass(arguments)) return;
        int function = NewFunction(() => { }, arguments);
        _callable.Add((function, arguments));
        Called(function);
    }

    void Called(int label)
    {
        _code.CallFunction(label);
        CallClobbers();
        _r[0] = Holding.Number;
    }

    /// <summary>Puts into r1, r2, … what a function takes; false if it is not there.</summary>
    bool TryPass(Holding[] parameters)
    {
        var from = new int[parameters.Length];
        for (int n = 0; n < from.Length; n++)
        {
            var wanted = parameters[n];
            from[n] = Find(r => r.What == wanted.What && r.Most <= wanted.Most && r.Room >= wanted.Room && (wanted.ReadOnly || !r.ReadOnly));
            // An argument that is moved to its place must not have been overwritten by one before.
            if (from[n] < 0 && wanted.What != Holds.Number || from[n] > 0 && from[n] <= n) return false;
        }
        for (int n = 0; n < from.Length; n++)
        {
            if (from[n] < 0) _code.Set(n + 1, Below(8));
            else _code.Move(n + 1, from[n]);
        }
        return true;
    }

    /// <summary>A function that is written when the one before has ended.</summary>
    int NewFunction(Action begin, Holding[] parameters, bool isCallback = false)
    {
        int label = _code.NewLabel();
        _functionsLeft--;
        _functions.Enqueue(() =>
        {
            (_r, _busy, _spilled) = (new Holding[Registers], new bool[Registers], []);
            parameters.CopyTo(_r, 1);
            (_out, _inFunction) = (_code.NewLabel(), true);
            _code.Begin(label);
            begin();
            KeepParameters(parameters.Length);
            Steps(1 + Below(isCallback ? 3 : 4));
            if (!isCallback)
            {
                End();
                return;
            }
            _code.Set(0, Slips ? 2 : OneIn(4) ? 1 : 0);
            _code.Exit();
            if (!_code.IsUsed(_out)) return;
            _code.Place(_out);
            _code.Set(0, Below(2));
            _code.Exit();
        });
        return label;
    }

    /// <summary>Moves some of what a function was given to registers that outlive calls.</summary>
    void KeepParameters(int count)
    {
        for (int n = 1; n <= count; n++)
        {
            if (_r[n].What == Holds.Nothing || OneIn(3)) continue;
            int kept = _r[n].What == Holds.Context ? Context : Free(saved: true);
            _code.Move(kept, n);
            _r[kept] = _r[n];
        }
    }
}
