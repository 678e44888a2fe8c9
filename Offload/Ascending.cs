namespace Chainring.Offload;

/// <summary>Search in lists that ascend.</summary>
static class Ascending
{
    /// <summary>The first place whose key is not below; the end if there is none.</summary>
    public static int FirstFrom<T>(IReadOnlyList<T> list, long key, Func<T, long> keyOf)
    {
        int low = 0, high = list.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (keyOf(list[middle]) < key) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
