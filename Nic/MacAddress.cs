using System.Buffers.Binary;
using System.Globalization;

namespace Chainring.Nic;

/// <summary>An Ethernet address, its first byte the highest of the six.</summary>
public readonly record struct MacAddress(ulong Value)
{
    public const int Bytes = 6;

    /// <summary>A locally administered address that follows from a number, as ports without one of their own get it.</summary>
    public static MacAddress Local(uint number) => new(0x02_00_00_00_00_00UL | number);

    /// <summary>Six pairs of hex digits between colons.</summary>
    public static bool TryParse(string text, out MacAddress address)
    {
        string[] parts = text.Split(':');
        ulong value = 0;
        bool good = parts.Length == Bytes;
        foreach (string part in parts)
        {
            good &= part.Length == 2 && byte.TryParse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _);
            if (good) value = value << 8 | byte.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
        address = new(good ? value : 0);
        return good;
    }

    public override string ToString() =>
        BitConverter.ToString(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(Value)), sizeof(ulong) - Bytes).Replace('-', ':').ToLowerInvariant();
}
