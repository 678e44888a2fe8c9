using Chainring.Kernels;
using Chainring.Nic.Wire;
using Chainring.Tests.Support;

namespace Chainring.Tests.Kernels.Il;

/// <summary>A frame as it comes to a card.</summary>
/// <param name="Metadata">Bytes between data_meta and data.</param>
readonly record struct Arrival(byte[] Bytes, uint Ifindex = 1, uint Queue = 0, int Metadata = 0)
{
    /// <summary>Its receive hash; null for one of its own.</summary>
    public uint? Flow { get; init; }

    const ulong NsApart = 1_000_000;

    static readonly Lazy<byte[][]> Known = new(() =>
        [.. Captures.Frames("all-protocols").Frames, .. Captures.Frames("real-vlan-and-qinq").Frames, .. Captures.Frames("ipv4-options").Frames]);

    /// <summary>Puts it into a batch as the frame of that number on the card.</summary>
    public void AddTo(PacketBatch batch, long index)
    {
        ref var frame = ref batch.Add(Bytes);
        (frame.Index, frame.IngressIfindex, frame.RxQueue) = (index, Ifindex, Queue);
        frame.TimestampNs = frame.ClockNs = (ulong)(index + 1) * NsApart;
        frame.Hints = new() { Hash = Flow ?? (uint)index * 0x9e3779b1, HasHash = Flow is not null || index % 3 != 0, HashType = HashType.Ipv4 };
        frame.Meta -= Metadata;
    }

    /// <summary>A frame that a program may make something of: one of a capture, a byte of it changed now and then.</summary>
    public static Arrival OfCapture(ref SplitMix64 random)
    {
        byte[] bytes = [.. Known.Value[random.Below(Known.Value.Length)]];
        if (random.Below(3) == 0) bytes[random.Below(Math.Min(bytes.Length, 64))] = (byte)random.Next();
        return new(bytes, (uint)random.Below(3), (uint)random.Below(4), random.Below(4) == 0 ? KernelRig.Metadata : 0);
    }
}
