namespace Chainring.Offload.Spec;

/// <summary>Reachability in a small directed graph.</summary>
public static class Paths
{
    /// <summary>
    /// The nodes from <paramref name="from"/> to <paramref name="to"/>, both included, by at least one edge; null if there is no way. An edge
    /// a → b closes a cycle if there is a path from b to a, or if a is b.
    /// </summary>
    public static IReadOnlyList<T>? Find<T>(T from, T to, Func<T, IEnumerable<T>> next) where T : notnull
    {
        var comparer = EqualityComparer<T>.Default;
        var seen = new HashSet<T>();
        var path = new List<T> { from };
        return Reaches(from) ? path : null;

        bool Reaches(T node)
        {
            foreach (var neighbour in next(node))
            {
                if (!seen.Add(neighbour)) continue;
                path.Add(neighbour);
                if (comparer.Equals(neighbour, to) || Reaches(neighbour)) return true;
                path.RemoveAt(path.Count - 1);
            }
            return false;
        }
    }
}
