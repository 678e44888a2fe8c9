namespace Chainring.Nic.Wire;

/// <summary>How long frames are, in bytes from the destination address to the end of the payload, without the check sequence.</summary>
public sealed class SizeMix
{
    /// <summary>A share of the frames, with lengths spread evenly from <paramref name="Shortest"/> to <paramref name="Longest"/>.</summary>
    public readonly record struct Share(int Shortest, int Longest, int Weight);

    /// <summary>What a share may not exceed: an IPv4 packet of 65,535 bytes behind its Ethernet header.</summary>
    public const int LongestFrame = 65_549;

    readonly Share[] _shares;
    readonly int _weight;

    public SizeMix(params ReadOnlySpan<Share> shares)
    {
        if (shares.IsEmpty) throw new ArgumentException("a mix has at least one share", nameof(shares));
        foreach (var share in shares)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(share.Shortest, FlowShape.EthernetLength, nameof(shares));
            ArgumentOutOfRangeException.ThrowIfLessThan(share.Longest, share.Shortest, nameof(shares));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(share.Longest, LongestFrame, nameof(shares));
            ArgumentOutOfRangeException.ThrowIfLessThan(share.Weight, 1, nameof(shares));
            _weight = checked(_weight + share.Weight);
        }
        _shares = shares.ToArray();
        Longest = _shares.Max(share => share.Longest);
    }

    /// <summary>"Simple IMIX": frames of 64, 594 and 1,518 bytes at 7 : 4 : 1, here without their check sequence of 4.</summary>
    public static SizeMix Imix { get; } = new(new Share(60, 60, 7), new Share(590, 590, 4), new Share(1514, 1514, 1));

    public int Longest { get; }

    public static SizeMix Fixed(int length) => new(new Share(length, length, 1));

    public static SizeMix Between(int shortest, int longest) => new(new Share(shortest, longest, 1));

    public int Draw(ref SplitMix64 random)
    {
        var at = random.Below(_weight);
        var share = 0;
        while (at >= _shares[share].Weight) at -= _shares[share++].Weight;
        var (shortest, longest, _) = _shares[share];
        return shortest == longest ? shortest : shortest + random.Below(longest - shortest + 1);
    }
}
