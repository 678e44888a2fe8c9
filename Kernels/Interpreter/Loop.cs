using System.Runtime.InteropServices;
using Chainring.Kernels.Helpers;
using Chainring.Kernels.Maps;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Interpreter;

/// <summary>
/// Calls of a function by a helper that go on until it answers something else than 0: so many rounds (<c>bpf_loop</c>), or one call for each element of
/// a map (<c>bpf_for_each_map_elem</c>).
/// </summary>
record struct Loop(LoadedProgram Program, int Slot, ulong Context)
{
    MapCursor _element;
    uint _done;

    /// <summary>How many rounds; of a map as many as there are elements.</summary>
    public uint Rounds { get; private init; }

    public Map? Map { get; private init; }

    /// <summary>
    /// The arguments of <c>bpf_loop</c> (kernel/bpf/bpf_iter.c).
    /// </summary>
    public static long InRounds(ref HelperCall call)
    {
        uint rounds = (uint)call.R1;
        if (call.R4 != 0) return HelperTable.BadFlags;
        if (rounds > RunLimits.MaxRounds) return (long)HelperTable.TooManyRounds;
        call.Loop = new(call.Program, call.Function, call.R3) { Rounds = rounds };
        return 0;
    }

    /// <summary>The arguments of <c>bpf_for_each_map_elem</c> (kernel/bpf/arraymap.c, hashtab.c).</summary>
    public static long OverElements(ref HelperCall call)
    {
        if (call.R4 != 0) return HelperTable.BadFlags;
        call.Loop = new(call.Program, call.Function, call.R3) { Map = call.Map };
        return 0;
    }

    /// <summary>Sets the next call up, in a function at that depth; or false, and r0 says how many there were.</summary>
    public bool TryBegin(Span<ulong> r, int depth, int cpu)
    {
        bool goesOn = Map is null ? _done < Rounds : ((IWalkedMap)Map).TryNext(ref _element);
        if (!goesOn)
        {
            r[0] = _done;
            return false;
        }
        if (Map is null)
        {
            (r[1], r[2]) = (_done, Context);
        }
        else
        {
            r[1] = Address.Of(Region.Map, Map.Id, 0);
            r[2] = Address.Of(Region.MapKey, (uint)depth, 0);
            r[3] = Address.Of(Region.MapValue, Map.Id, ((IWalkedMap)Map).ValueAt(_element, cpu));
            r[4] = Context;
        }
        _done++;
        return true;
    }

    /// <summary>After a call: sets the next one up, or false, and r0 says how many there were.</summary>
    public bool TryGoOn(Span<ulong> r, int depth, int cpu)
    {
        if (r[0] == 0) return TryBegin(r, depth, cpu);
        r[0] = _done;
        return false;
    }

    /// <summary>The key of the element of which the function was last told.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public Span<byte> Key => Map is null ? default : ((IWalkedMap)Map).KeyAt(ref _element);
}
