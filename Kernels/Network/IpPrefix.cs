using System.Globalization;

namespace Chainring.Kernels.Network;

/// <summary>The first bits of addresses; what comes behind them is kept, since it is an interface's own address.</summary>
public readonly record struct IpPrefix(IpAddress Address, int Length)
{
    public static UInt128 MaskOf(int length) => length == 0 ? 0 : UInt128.MaxValue << (128 - length);

    public UInt128 Network => Address.Bits & MaskOf(Length);

    public bool Holds(IpAddress address) => address.IsIpv6 == Address.IsIpv6 && (address.Bits & MaskOf(Length)) == Network;

    /// <summary><c>10.1.0.0/16</c>; without a length, one address.</summary>
    public static bool TryParse(string text, out IpPrefix prefix)
    {
        prefix = default;
        int slash = text.IndexOf('/');
        if (!IpAddress.TryParse(slash < 0 ? text : text[..slash], out var address)) return false;
        int length = address.Width;
        if (slash >= 0 && !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length)) return false;
        prefix = new(address, length);
        return length <= address.Width;
    }

    public override string ToString() => $"{Address}/{Length}";
}
