using Chainring.Kernels.Il;
using Chainring.Offload.Ir;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Simd;

/// <remarks>Stores of a frame that are done together (<see cref="RowStores"/>).</remarks>
sealed partial class LaneEmitter
{
    void StoreRows(RowStores.Group group)
    {
        var first = group.Stores[0].Store;
        int at = 0;
        for (; at < group.Rows * RowStores.RowBytes; at += RowStores.RowBytes)
        {
            int row = at;
            PutEach(LaneMemory.Operands, () => AddressesOr(first, LaneMemory.Waste, row));
            for (int word = 0; word < 2; word++)
            {
                int from = at + word * WordBytes;
                PutEach(LaneMemory.Operands + 1 + word, () => WordOf(group, from));
            }
            EachHalf(() =>
            {
                HalfMemory();
                _il.Constant32(_shape.Half);
                _il.Call(typeof(FrameLanes).GetMethod(nameof(FrameLanes.StoreRows))!);
            });
        }
        while (at < group.Bytes)
        {
            int from = at, size = 1 << System.Numerics.BitOperations.Log2((uint)Math.Min(group.Bytes - at, WordBytes));
            StoreEach(first, from, (AccessSize)size, () => WordOf(group, from));
            at += size;
        }
    }

    /// <summary>Pushes 8 bytes of what is stored, from a place on; behind the end what fills the row, or zeros.</summary>
    void WordOf(RowStores.Group group, int at)
    {
        bool any = false;
        foreach (var (store, place) in group.Stores)
        {
            int size = (int)store.Size, shift = place - at;
            if (shift >= WordBytes || shift + size <= 0) continue;
            Vector(store.Inputs[1]);
            if (size < WordBytes)
            {
                Vectors.Constant((1UL << 8 * size) - 1);
                Vectors.And();
            }
            Vectors.Shift(8 * shift);
            Or();
        }
        int end = Math.Clamp(group.Bytes - at, 0, WordBytes);
        if (group.Filling is not { } filling || end == WordBytes) return;
        SliceBytes(filling + Math.Max(at - group.Bytes, 0), WordBytes - end);
        Vectors.ShiftLeft(8 * end);
        Or();

        void Or()
        {
            if (any) Vectors.Or();
            any = true;
        }
    }
}
