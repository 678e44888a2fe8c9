namespace Chainring.Kernels;

/// <summary>How a chain runs on a device, and what has become of its batches.</summary>
/// <param name="Class">stateless, commutative or ordered.</param>
/// <param name="Why">Half a sentence that goes on after the chain's name.</param>
/// <param name="Runs">Which frames of a batch run at once, and why not more: a sentence without its full stop.</param>
/// <param name="Batches">By what became of them; only what occurred.</param>
/// <param name="Passes">Of the batches that ran in passes.</param>
/// <param name="Together">Of the frames in work-groups of batches that ran at once, the share that went the commonest way of their group (a sample); null if there were none.</param>
public sealed record DeviceUse(string Device, string Class, string Why, string Runs, IReadOnlyDictionary<string, long> Batches, long Passes, double? Together)
{
    /// <summary>What the share is of; 0 if there is none.</summary>
    internal long Lanes { get; init; }

    /// <summary>Of all kernels of a card, which run the same chain; null if they run on no device.</summary>
    public static DeviceUse? Of(IEnumerable<IKernel> kernels)
    {
        DeviceUse[] uses = [.. kernels.Select(k => k.OnDevice).OfType<DeviceUse>()];
        if (uses.Length == 0) return null;
        long lanes = uses.Sum(u => u.Lanes);
        return uses[0] with
        {
            Batches = uses.SelectMany(u => u.Batches).GroupBy(b => b.Key, b => b.Value).ToDictionary(b => b.Key, b => b.Sum()),
            Passes = uses.Sum(u => u.Passes),
            Together = lanes == 0 ? null : uses.Sum(u => u.Lanes * (u.Together ?? 0)) / lanes,
            Lanes = lanes,
        };
    }
}
