using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Nic;

/// <summary>
/// A port's counters under the names by which <c>ethtool -S</c> shows such: those of veth for queues, of mlx5 for the port, of igb for
/// checksums. Each counts frames unless it says bytes.
/// </summary>
/// <remarks><code>
/// rx_packets_phy = rx_packets + rx_oversize_pkts_phy + rx_undersize_pkts_phy + rx_wqe_err + rx_discards_phy + rx_out_of_buffer
/// </code></remarks>
public static class PortStatistics
{
    public static IEnumerable<KeyValuePair<string, long>> Of(Port port)
    {
        yield return new("rx_packets", port.Queues.Sum(q => q.Received));
        yield return new("rx_bytes", port.Queues.Sum(q => q.Bytes));
        yield return new("tx_packets", port.TxQueues.Sum(q => q.Frames) + port.FromHost.Sent);
        yield return new("tx_bytes", port.TxQueues.Sum(q => q.Bytes) + port.FromHost.Bytes);
        yield return new("tx_dropped", port.TxQueues.Sum(q => q.Refused) + port.FromHost.Refused);
        yield return new("rx_packets_phy", port.RxFrames);
        yield return new("rx_bytes_phy", port.RxBytes);
        yield return new("rx_oversize_pkts_phy", port.Missed(MissReason.FrameTooLong));
        yield return new("rx_undersize_pkts_phy", port.Missed(MissReason.FrameTooShort));
        yield return new("rx_discards_phy", port.Missed(MissReason.LinkDown));
        yield return new("rx_wqe_err", port.Missed(MissReason.BadDescriptor));
        yield return new("rx_out_of_buffer", port.Missed(MissReason.RingFull));
        yield return new("rx_removed_vlan_packets", port.VlanStripped);
        yield return new("rx_csum_offload_good", port.Checksums(ChecksumStatus.Good));
        yield return new("rx_csum_offload_errors", port.Checksums(ChecksumStatus.Bad));
        foreach (var queue in port.Queues)
        {
            foreach (var (name, value) in Of(queue)) yield return new($"rx_queue_{queue.Number}_{name}", value);
        }
        for (int cpu = 0; cpu < port.TxQueues.Count; cpu++)
        {
            var queue = port.TxQueues[cpu];
            yield return new($"tx_queue_{cpu}_packets", queue.Frames);
            yield return new($"tx_queue_{cpu}_bytes", queue.Bytes);
            yield return new($"tx_queue_{cpu}_drops", queue.Refused);
            yield return new($"tx_queue_{cpu}_bulks", queue.Bulks);
        }
    }

    static IEnumerable<KeyValuePair<string, long>> Of(RxQueue queue)
    {
        yield return new("packets", queue.Received);
        yield return new("bytes", queue.Bytes);
        yield return new("drops", queue.RingFull);
        yield return new("batches", queue.Batches);
        yield return new("xdp_packets", Enum.GetValues<XdpAction>().Sum(queue.Verdicts));
        yield return new("xdp_aborted", queue.Verdicts(XdpAction.Aborted));
        yield return new("xdp_drops", queue.Verdicts(XdpAction.Drop));
        yield return new("xdp_pass", queue.Verdicts(XdpAction.Pass));
        yield return new("xdp_tx", queue.Verdicts(XdpAction.Tx));
        yield return new("xdp_redirect", queue.Verdicts(XdpAction.Redirect));
        // Where a carried frame did not get where its verdict sent it.
        foreach (var end in FrameEnds.Lost)
            yield return new($"xdp_{FrameEnds.NameOf(end).Replace('-', '_')}", queue.Ended(end));
    }
}
