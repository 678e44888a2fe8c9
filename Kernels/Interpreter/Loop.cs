namespace Chainring.Kernels.Interpreter;

/// <summary>A <c>bpf_loop</c> that goes on: the function is called with its number and the context until it returns something else than 0.</summary>
record struct Loop(LoadedProgram Program, int Slot, ulong Context, uint Count)
{
    /// <summary>BPF_MAX_LOOPS.</summary>
    public const uint MaxCount = 8 << 20;

    uint _done;

    /// <summary>Sets the first call up; where the function begins.</summary>
    public readonly int Begin(Span<ulong> r)
    {
        (r[1], r[2]) = (0, Context);
        return Slot;
    }

    /// <summary>After a call: sets the next one up; or false, and r0 says how many there were.</summary>
    public bool Again(Span<ulong> r)
    {
        _done++;
        bool goesOn = r[0] == 0 && _done < Count;
        if (goesOn) (r[1], r[2]) = (_done, Context);
        else r[0] = _done;
        return goesOn;
    }
}
