using System.Reflection.Emit;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <remarks>Words of the stack that are vectors, a word of every lane (<see cref="StackWords"/>).</remarks>
sealed partial class LaneEmitter
{
    const int WordBytes = sizeof(ulong);

    /// <summary>Where the vector of such a word is.</summary>
    int ColumnOf(int word) => LaneMemory.Columns + _plan.StackWords.NumberOf(word)!.Value;

    /// <summary>Pushes so many bytes from a place on, up to 8.</summary>
    void Bytes(int place, int size, Func<int, int> vectorOf)
    {
        int skip = place % WordBytes;
        Place(vectorOf(place / WordBytes));
        _vectors.Load();
        _vectors.ShiftRight(8 * skip);
        if (skip + size > WordBytes)
        {
            Place(vectorOf(place / WordBytes + 1));
            _vectors.Load();
            _vectors.ShiftLeft(8 * (WordBytes - skip));
            _vectors.Or();
        }
        if (size == WordBytes || skip + size == WordBytes) return;
        _vectors.Constant((1UL << (8 * size)) - 1);
        _vectors.And();
    }

    /// <summary>Bytes of the stack get a value in the lanes that are here, as far as they are such words.</summary>
    void StoreColumns(int place, int bytes, Action value)
    {
        foreach (int word in StackWords.WordsOf(place, bytes).Where(w => _plan.StackWords.NumberOf(w) is not null))
        {
            int shift = place - word * WordBytes, from = Math.Max(shift, 0), to = Math.Min(shift + bytes, WordBytes);
            ulong taken = ulong.MaxValue >> 8 * (WordBytes - to + from) << 8 * from;
            CurrentVector();
            if (taken != ulong.MaxValue)
            {
                _vectors.Constant(taken);
                _vectors.And();
            }
            value();
            _vectors.Shift(8 * shift);
            Place(ColumnOf(word));
            _vectors.Load();
            _vectors.Choose();
            Place(ColumnOf(word));
            _vectors.Store();
        }
    }

    void ClearStack(Node node)
    {
        StoreColumns((int)node.Number, node.Length, () => _vectors.Constant(0));
        if (StackWords.WordsOf((int)node.Number, node.Length).Any(w => _plan.StackWords.NumberOf(w) is null)) ByLane(node);
    }

    /// <summary>Looks up for all lanes that are here, by keys that are such words.</summary>
    void LookupColumns(Node node, int place, int bytes)
    {
        // Whole words lie as they are wanted.
        bool isWhole = place % WordBytes == 0 && bytes % WordBytes == 0;
        for (int from = 0; from < bytes && !isWhole; from += WordBytes)
        {
            Bytes(place + from, Math.Min(bytes - from, WordBytes), ColumnOf);
            Place(LaneMemory.Operands + from / WordBytes);
            _vectors.Store();
        }
        Lookup(node, isWhole ? ColumnOf(place / WordBytes) : LaneMemory.Operands, nameof(Calls.LookupColumns));
    }
}
