namespace Chainring.Kernels.Maps;

/// <summary>
/// A map whose elements a program can be called back for, one after the other (<c>map_for_each_callback</c>). It may change meanwhile, by that program or
/// others: an element that goes before its turn, or that an update moves, is left out, and one that comes is met or not; but nothing is met twice.
/// </summary>
public interface IWalkedMap
{
    /// <summary>Moves a cursor on, from before the first element to the first; false behind the last.</summary>
    bool TryNext(ref MapCursor cursor);

    /// <summary>The key where a cursor is, as it lies in memory.</summary>
    Span<byte> KeyAt(ref MapCursor cursor);

    /// <summary>The offset in <see cref="Map.Storage"/> of its value that a program on <paramref name="cpu"/> gets.</summary>
    int ValueAt(in MapCursor cursor, int cpu);
}

/// <summary>A place in a map that is walked through; begins before the first element.</summary>
public struct MapCursor
{
    /// <summary>The slot of the element.</summary>
    public int Slot;

    /// <summary>The key of an array's element.</summary>
    public uint Index;

    /// <summary>Where in a hash: only what was linked into this bucket before that change is still to come.</summary>
    internal int Bucket;
    internal uint Change;
    internal bool IsInBucket;
}
