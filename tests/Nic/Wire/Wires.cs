using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;

namespace Chainring.Tests.Nic.Wire;

/// <summary>A frame that outlives its wire's buffer.</summary>
sealed record KeptFrame(byte[] Bytes, ulong TimestampNs, uint OriginalLength)
{
    public override string ToString() => $"{TimestampNs}: {Convert.ToHexString(Bytes)} of {OriginalLength}";

    public bool Equals(KeptFrame? other) => ToString() == other?.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}

/// <summary>What tests do with wires.</summary>
static class Wires
{
    /// <summary>Every frame until there is none, or that many.</summary>
    public static List<KeptFrame> ReceiveAll(this IWire wire, int atMost = int.MaxValue)
    {
        List<KeptFrame> frames = [];
        while (frames.Count < atMost && wire.TryReceive(out var frame)) frames.Add(new(frame.Bytes.ToArray(), frame.TimestampNs, frame.OriginalLength));
        return frames;
    }

    public static List<KeptFrame> ReadCapture(MemoryStream file)
    {
        using var wire = PcapWire.Open(() => CaptureReader.Open(new MemoryStream(file.ToArray()), "x")).Value;
        return wire.ReceiveAll();
    }

    public static byte[] Frame(int length, byte first = 0) => [first, .. Enumerable.Range(1, length - 1).Select(n => (byte)(n * 7))];
}
