using Chainring.Host.Driver.Peers;
using Chainring.Nic.Wire.Live;
using Chainring.Offload.Isa;

namespace Chainring.Tests.Oracle;

/// <summary>
/// Frames to a port of the kernel that come with hints: the far end takes VLAN tags from where a frame says it, and hands them over beside the
/// bytes, as a NIC that strips tags does. To be used inside <see cref="KernelPorts"/>.
/// </summary>
/// <remarks><code>
/// frame sent   Mark 0   …   tag's control information 6..7, little-endian   …   tag's kind 11: 0 none, 1 802.1Q, 2 802.1ad
/// </code>
/// Other frames, such as those of IPv6, do not get through.</remarks>
sealed class LiveHints : IDisposable
{
    public const byte Mark = 0x52;

    const int ClassifierEgress = 47;

    /// <summary>Of the fields of <c>struct __sk_buff</c>, data is at 76 and data_end at 80; helper 18 is bpf_skb_vlan_push.</summary>
    static readonly Instruction[] Tagger = Assembler.Assemble($"""
        r2 = *(u32 *)(r1 + 76)
        r3 = *(u32 *)(r1 + 80)
        r0 = 2
        r4 = r2
        r4 += 14
        if r4 > r3 goto out
        r4 = *(u8 *)(r2 + 0)
        if r4 != {Mark} goto out
        r0 = 0
        r4 = *(u8 *)(r2 + 11)
        if r4 == 0 goto out
        r3 = *(u16 *)(r2 + 6)
        r2 = 0x81
        if r4 == 1 goto tag
        r2 = 0xa888
        tag:
        call 18
        r0 = 0
        out:
        exit
        """);

    readonly PacketSocketWire _wire;
    readonly BpfFd _tagger, _link;

    public LiveHints(int port)
    {
        _tagger = Bpf.LoadClassifier(Encoding.Encode(Tagger), "tagger");
        _link = Bpf.Attach(_tagger, KernelPorts.FirstPeer + port, ClassifierEgress);
        _wire = PacketSocketWire.Open($"peer{port}").Value;
    }

    /// <summary>Sends a frame, marked and with a tag beside it; <paramref name="protocol"/> is 0 for none, 0x8100 or 0x88a8.</summary>
    public void Send(ReadOnlySpan<byte> frame, ushort protocol, ushort tag)
    {
        byte[] marked = Marked(frame, protocol, tag);
        if (!_wire.TrySend(marked, 0, 0)) throw new InvalidOperationException($"a frame of {frame.Length} bytes is not sent");
    }

    /// <summary>The frame as it arrives.</summary>
    public static byte[] Marked(ReadOnlySpan<byte> frame, ushort protocol, ushort tag)
    {
        byte[] marked = frame.ToArray();
        marked[0] = Mark;
        BitConverter.TryWriteBytes(marked.AsSpan(6), tag);
        marked[11] = (byte)(protocol == 0 ? 0 : protocol == 0x8100 ? 1 : 2);
        return marked;
    }

    public void Dispose()
    {
        _wire.Dispose();
        _link.Dispose();
        _tagger.Dispose();
    }
}
