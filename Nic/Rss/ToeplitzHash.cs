namespace Chainring.Nic.Rss;

/// <summary>
/// The Toeplitz hash that NICs spread flows by (Microsoft, "RSS hashing functions"): for each set bit of the input, the 32 bits of the key
/// that start at that bit's position are added without carry.
/// </summary>
public sealed class ToeplitzHash
{
    /// <summary>Enough key for two IPv6 addresses and two ports: 36 bytes of input and 4 more.</summary>
    public const int KeyBytes = 40;

    /// <summary>Two IPv6 addresses and two ports.</summary>
    public const int MaxInput = KeyBytes - sizeof(uint);

    readonly byte[] _key;

    /// <summary>What each byte value at each position adds: one look-up a byte instead of eight shifts.</summary>
    readonly uint[] _table = new uint[MaxInput * 256];

    public ToeplitzHash(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyBytes) throw new ArgumentException($"an RSS key has {KeyBytes} bytes, not {key.Length}", nameof(key));
        _key = key.ToArray();
        for (int position = 0; position < MaxInput; position++)
        {
            for (int value = 0; value < 256; value++) _table[position * 256 + value] = Contribution(position, value);
        }
    }

    /// <summary>The key that Microsoft's verification suite uses, and many drivers by default.</summary>
    public static ReadOnlySpan<byte> DefaultKey =>
    [
        0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
        0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
    ];

    public ReadOnlySpan<byte> Key => _key;

    /// <summary>At most <see cref="MaxInput"/> bytes, as they stand in the packet.</summary>
    public uint Of(ReadOnlySpan<byte> input)
    {
        uint hash = 0;
        for (int n = 0; n < input.Length; n++) hash ^= _table[n * 256 + input[n]];
        return hash;
    }

    uint Contribution(int position, int value)
    {
        // Forty bits of key from this byte on: each of its eight bits selects a window of 32.
        ulong window = 0;
        for (int n = 0; n < 5; n++) window = (window << 8) | _key[position + n];
        uint sum = 0;
        for (int bit = 0; bit < 8; bit++)
        {
            if ((value & (0x80 >> bit)) != 0) sum ^= (uint)(window >> (8 - bit));
        }
        return sum;
    }
}
