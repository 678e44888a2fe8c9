using System.Numerics;
using Chainring.Kernels.Helpers;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Interpreter;

/// <summary>
/// The dynamic pointers of one program run, by the place on the stack where the program has them: 16 bytes, at a multiple of 8, which it cannot read.
/// A store there ends the pointer, unless that holds a record. What is on the stack itself is zero, and nobody looks at it.
/// </summary>
/// <remarks>A stack has as many words of 8 bytes as a mask has bits; bit n: a pointer begins at word n.</remarks>
sealed class DynptrTable
{
    public const int Bytes = 16;

    const int WordBytes = 8, Words = Memory.StackBytes / WordBytes;

    readonly Dynptr[] _at = new Dynptr[RunLimits.MaxDepth * Words];
    readonly ulong[] _begins = new ulong[RunLimits.MaxDepth];
    uint _holders;
    int _held;

    /// <summary>Whether a pointer can be at a place.</summary>
    public static bool IsPlace(uint offset) => offset % WordBytes == 0 && offset <= Memory.StackBytes - Bytes;

    public bool IsAt(uint depth, uint offset) => IsPlace(offset) && (_begins[depth] >> (int)(offset / WordBytes) & 1) != 0;

    /// <summary>Only where one is.</summary>
    public ref Dynptr At(uint depth, uint offset) => ref _at[depth * Words + offset / WordBytes];

    /// <summary>Whether bytes of a stack are a pointer's.</summary>
    public bool Overlaps(uint depth, uint offset, int size) => BeginningAround(depth, offset, size) != 0;

    /// <summary>Ends the pointers that have one of these bytes; false, and all stay, if one of them holds a record.</summary>
    public bool TryEnd(uint depth, uint offset, int size)
    {
        ulong ends = BeginningAround(depth, offset, size);
        for (ulong rest = ends; rest != 0; rest &= rest - 1)
        {
            if (_at[depth * Words + (uint)BitOperations.TrailingZeroCount(rest)].Holder != 0) return false;
        }
        _begins[depth] &= ~ends;
        return true;
    }

    /// <summary>The number of a new holder of a record, which the program has to release.</summary>
    public uint NewHolder()
    {
        _held++;
        return ++_holders;
    }

    /// <summary>Where none is.</summary>
    public void Put(uint depth, uint offset, in Dynptr pointer)
    {
        At(depth, offset) = pointer;
        _begins[depth] |= 1UL << (int)(offset / WordBytes);
    }

    /// <summary>Ends every pointer that holds this record.</summary>
    public void Release(uint holder)
    {
        _held--;
        for (int depth = 0; depth < _begins.Length; depth++)
        {
            for (ulong rest = _begins[depth]; rest != 0; rest &= rest - 1)
            {
                int word = BitOperations.TrailingZeroCount(rest);
                if (_at[depth * Words + word].Holder == holder) _begins[depth] &= ~(1UL << word);
            }
        }
    }

    /// <summary>A function begins, with a stack on which there is none.</summary>
    public void Enter(int depth) => _begins[depth] = 0;

    /// <summary>Ends them all; true if there were records that nobody has released.</summary>
    public bool EndRun()
    {
        bool held = _held != 0;
        _begins.AsSpan().Clear();
        (_holders, _held) = (0, 0);
        return held;
    }

    /// <summary>Those that have one of the bytes: they begin at its word or at the one before.</summary>
    ulong BeginningAround(uint depth, uint offset, int size)
    {
        ulong begins = _begins[depth];
        if (begins == 0 || size == 0) return 0;
        int first = Math.Max((int)(offset / WordBytes) - 1, 0), last = (int)((offset + (uint)size - 1) / WordBytes);
        return begins & (ulong.MaxValue << first) & (ulong.MaxValue >> (Words - 1 - last));
    }
}
