namespace Chainring.Kernels.Network;

/// <summary>Routes of one version of IP, found by the longest prefix; immutable. A look allocates nothing.</summary>
public sealed class RouteTable
{
    readonly record struct Level(UInt128 Mask, Dictionary<UInt128, Route[]> Routes);

    /// <summary>By length, the longest first.</summary>
    readonly Level[] _levels;

    public RouteTable(IEnumerable<Route> routes) => _levels =
    [
        .. routes.GroupBy(r => r.To.Length).OrderByDescending(g => g.Key).Select(g => new Level(
            IpPrefix.MaskOf(g.Key), g.GroupBy(r => r.To.Network).ToDictionary(same => same.Key, same => same.OrderBy(r => r.Metric).ToArray()))),
    ];

    /// <summary>The route for an address; null if there is none.</summary>
    /// <param name="required">Only routes out of that interface forward; 0 for any.</param>
    /// <param name="preferred">Of routes that are equally good, one out of that interface is taken.</param>
    public Route? Find(IpAddress address, uint required = 0, uint preferred = 0)
    {
        foreach (var level in _levels)
        {
            if (!level.Routes.TryGetValue(address.Bits & level.Mask, out var routes)) continue;
            Route? best = null;
            foreach (var route in routes)
            {
                if (route.Kind <= RouteKind.Local && required != 0 && route.Ifindex != required) continue;
                if (best is null || (route.Metric == best.Metric && route.Ifindex == preferred && best.Ifindex != preferred)) best = route;
            }
            if (best is not null) return best;
        }
        return null;
    }
}
