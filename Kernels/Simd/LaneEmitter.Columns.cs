using System.Reflection.Emit;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.Simd;

/// <remarks>Words of the stack that are vectors, a word of every lane (<see cref="StackWords"/>).</remarks>
sealed partial class LaneEmitter
{
    const int WordBytes = sizeof(ulong), NarrowBytes = HeaderSlices.WordBytes;

    /// <summary>Where the vector of such a word is.</summary>
    int ColumnOf(int word) => LaneMemory.Columns + _plan.StackWords.NumberOf(word)!.Value;

    /// <summary>Pushes so many bytes from a place on, up to as many as a word has.</summary>
    /// <param name="push">Pushes the vector of a word.</param>
    void Bytes(int place, int size, int wordBytes, Action<int> push)
    {
        int skip = place % wordBytes;
        push(place / wordBytes);
        Vectors.ShiftRight(8 * skip);
        if (skip + size > wordBytes)
        {
            push(place / wordBytes + 1);
            Vectors.ShiftLeft(8 * (wordBytes - skip));
            Vectors.Or();
        }
        if (size == wordBytes || skip + size == wordBytes) return;
        Vectors.Constant((1UL << (8 * size)) - 1);
        Vectors.And();
    }

    /// <summary>Pushes so many bytes of the stack from a place on, up to 8.</summary>
    void StackBytes(int place, int size) => FromHalves(() => Bytes(place, size, WordBytes, word => Get(ColumnOf(word))));

    /// <summary>Pushes so many bytes of a frame's beginning that lie ready, up to 8; for lanes of 32 bits up to 4.</summary>
    void SliceBytes(int place, int size)
    {
        if (size <= NarrowBytes) Joined(() => NarrowSlice(place, size));
        else Joined(() => NarrowSlice(place, NarrowBytes), () => NarrowSlice(place + NarrowBytes, size - NarrowBytes));
    }

    /// <summary>Pushes a number of which there are the low half and the high half, if it has one, for all lanes at once.</summary>
    void Joined(params ReadOnlySpan<Action> halves)
    {
        FromNarrow(halves[0]);
        if (halves.Length == 1 || _part.IsNarrow) return;
        FromNarrow(halves[1]);
        Vectors.ShiftLeft(8 * NarrowBytes);
        Vectors.Or();
    }

    /// <summary>Pushes bytes of a frame's beginning, up to 4, for all lanes at once.</summary>
    void NarrowSlice(int place, int size) => Bytes(place, size, NarrowBytes, word =>
    {
        In(new(false, word / HeaderSlices.PerHalf), () => Place(LaneMemory.Slices + word % HeaderSlices.PerHalf));
        Vectors.Load();
    });

    /// <summary>Bytes of the stack get a value in the lanes that are here, as far as they are such words.</summary>
    void StoreColumns(int place, int bytes, Action value)
    {
        foreach (int word in StackWords.WordsOf(place, bytes).Where(w => _plan.StackWords.NumberOf(w) is not null))
        {
            int shift = place - word * WordBytes, from = Math.Max(shift, 0), to = Math.Min(shift + bytes, WordBytes);
            ulong taken = ulong.MaxValue >> 8 * (WordBytes - to + from) << 8 * from;
            PutEach(ColumnOf(word), () =>
            {
                CurrentVector();
                if (taken != ulong.MaxValue)
                {
                    Vectors.Constant(taken);
                    Vectors.And();
                }
                value();
                Vectors.Shift(8 * shift);
                Get(ColumnOf(word));
                Vectors.Choose();
            });
        }
    }

    void ClearStack(Node node)
    {
        StoreColumns((int)node.Number, node.Length, () => Vectors.Constant(0));
        if (StackWords.WordsOf((int)node.Number, node.Length).Any(w => _plan.StackWords.NumberOf(w) is null)) ByLane(node);
    }

    /// <summary>Looks up for all lanes that are here, by keys that are such words.</summary>
    void LookupColumns(Node node, int place, int bytes)
    {
        // Whole words lie as they are wanted.
        bool isWhole = place % WordBytes == 0 && bytes % WordBytes == 0;
        for (int from = 0; from < bytes && !isWhole; from += WordBytes)
        {
            int at = place + from, size = Math.Min(bytes - from, WordBytes);
            PutEach(LaneMemory.Operands + from / WordBytes, () => StackBytes(at, size));
        }
        BeginLookup(node, isWhole ? ColumnOf(place / WordBytes) : LaneMemory.Operands);
        _il.Load(_current);
        _il.Constant32(_stride);
        _il.Op(OpCodes.Conv_I);
        _il.Call(typeof(Calls).GetMethod(nameof(Calls.LookupColumns))!);
        Keep(node, () => Get(LaneMemory.Result));
    }
}
