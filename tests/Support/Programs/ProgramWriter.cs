using Chainring.Nic.Wire;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support.Programs;

/// <summary>
/// Writes a program as somebody does who knows what the verifier wants, and now and then slips: a bound that is off by one, a check the wrong
/// way round, a register that holds something else. Programs mean nothing, but most of them are nearly safe, and many are.
/// </summary>
sealed partial class ProgramWriter
{
    /// <summary>Where the context is, most of the time.</summary>
    const int Context = 6;

    const int Registers = 10, FirstSaved = 6, MaxFunctions = 3;

    /// <summary>Of how many choices one is a slip; 0 for an author who makes none.</summary>
    static readonly int[] SlipsOneIn = [0, 400, 150, 60, 30];

    readonly CodeBuilder _code = new();
    readonly int _slipsOneIn;
    readonly Queue<Action> _functions = new();
    readonly List<(int Label, Holding[] Parameters)> _callable = [];
    SplitMix64 _random;
    Holding[] _r = new Holding[Registers];
    bool[] _busy = new bool[Registers];
    Dictionary<int, Holding> _spilled = [];
    int _out, _depth, _functionsLeft = MaxFunctions;
    bool _inFunction;

    ProgramWriter(ulong seed)
    {
        _random = new(seed);
        _slipsOneIn = Of(SlipsOneIn);
    }

    /// <summary>The program of a seed, always the same.</summary>
    public static ProgramSpec Write(ulong seed) => new ProgramWriter(seed).Write();

    ProgramSpec Write()
    {
        string section = OneIn(8) ? "xdp.frags" : "xdp";
        _out = _code.NewLabel();
        _code.Move(Context, 1);
        _r[1] = _r[Context] = new(Holds.Context);
        if (!OneIn(5)) Packet();
        Steps(2 + Below(9));
        End();
        while (_functions.TryDequeue(out var write)) write();
        return _code.Build(section);
    }

    void Steps(int count)
    {
        for (int n = 0; n < count; n++) Step();
    }

    void Step()
    {
        switch (Below(26))
        {
            case < 2: Packet(); break;
            case < 4: AccessSomething(); break;
            case < 7: MoveThroughPacket(); break;
            case < 9: MoveThroughValue(); break;
            case < 11: Calculate(); break;
            case < 13: Stack(); break;
            case 13: MoveThroughStack(); break;
            case < 16: Lookup(); break;
            case < 20: CallSomething(); break;
            case 20: Narrow(SomeNumber(), Of<ulong>(1, 15, 60, 255, 1500)); break;
            case 21: AddAtomically(); break;
            case < 24: Choose(); break;
            case 24: Loop(); break;
            default: CallFunction(); break;
        }
    }

    /// <summary>The last instructions of a function, and those that its checks go to.</summary>
    void End()
    {
        int result = OneIn(3) ? Find(r => r.What == Holds.Number) : -1;
        if (result >= 0) _code.Move(0, result);
        else _code.Set(0, Below(5));
        _code.Exit();
        if (!_code.IsUsed(_out)) return;
        _code.Place(_out);
        _code.Set(0, Of(2, 2, 1, 0));
        _code.Exit();
    }

    // ── Choosing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    int Below(int bound) => _random.Below(bound);

    bool OneIn(int bound) => Below(bound) == 0;

    bool Slips => _slipsOneIn > 0 && OneIn(_slipsOneIn);

    T Of<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    /// <summary>The number, but for a slip.</summary>
    int Nearly(int number) => Slips ? number + Of(-8, -4, -2, -1, 1, 1, 1, 2, 4, 8) : number;

    AccessSize SomeSize => Of(AccessSize.Byte, AccessSize.Half, AccessSize.Word, AccessSize.Double);

    /// <summary>Some register of which something is believed; -1 if there is none.</summary>
    int Find(Func<Holding, bool> isWanted)
    {
        if (Slips) return Below(Registers);
        int count = 0, found = -1;
        for (int n = 0; n < Registers; n++)
        {
            if (isWanted(_r[n]) && OneIn(++count)) found = n;
        }
        return found;
    }

    /// <summary>A register to write, if possible one that holds nothing.</summary>
    /// <param name="saved">It has to outlive calls.</param>
    int Free(bool saved = false)
    {
        int first = saved || OneIn(3) ? FirstSaved + 1 : 0, last = saved ? Registers : FirstSaved;
        if (first == FirstSaved + 1) last = Registers;
        for (int attempt = 0; attempt < 6; attempt++)
        {
            int n = first + Below(last - first);
            if (!_busy[n] && (_r[n].What == Holds.Nothing || attempt > 2)) return n;
        }
        return Array.FindIndex(_busy, b => !b);
    }

    /// <summary>The same, and not one of these.</summary>
    int FreeBut(params ReadOnlySpan<int> others)
    {
        for (; ; )
        {
            int n = Free();
            if (!others.Contains(n)) return n;
        }
    }

    void CallClobbers()
    {
        for (int n = 0; n < FirstSaved; n++) _r[n] = Holding.Nothing;
    }

    /// <summary>Where checks go that fail.</summary>
    void Fail(CompareOp op, int a, long immediate, bool is64 = true) => _code.Branch(op, a, immediate, _out, is64);
}
