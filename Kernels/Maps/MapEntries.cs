namespace Chainring.Kernels.Maps;

static class MapEntries
{
    /// <summary>Entries in the order of their key bytes, so that two dumps of equal maps are equal.</summary>
    public static IReadOnlyList<MapEntry> Sorted(MapEntry[] entries)
    {
        Array.Sort(entries, static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        return entries;
    }
}
