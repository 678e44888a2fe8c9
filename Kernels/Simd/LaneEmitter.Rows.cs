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
            AddressesOr(first, LaneMemory.Waste, at);
            Place(LaneMemory.Operands);
            _vectors.Store();
            for (int word = 0; word < 2; word++)
            {
                WordOf(group, at + word * WordBytes);
                Place(LaneMemory.Operands + 1 + word);
                _vectors.Store();
            }
            _il.Argument(LanesArgument);
            _il.Constant32(_shape.Lanes);
            _il.Call(typeof(FrameLanes).GetMethod(nameof(FrameLanes.StoreRows))!);
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
                _vectors.Constant((1UL << 8 * size) - 1);
                _vectors.And();
            }
            _vectors.Shift(8 * shift);
            Or();
        }
        int end = Math.Clamp(group.Bytes - at, 0, WordBytes);
        if (group.Filling is not { } filling || end == WordBytes) return;
        Bytes(filling + Math.Max(at - group.Bytes, 0), WordBytes - end, word => LaneMemory.Slices + word);
        _vectors.ShiftLeft(8 * end);
        Or();

        void Or()
        {
            if (any) _vectors.Or();
            any = true;
        }
    }
}
