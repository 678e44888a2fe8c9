// SPDX-License-Identifier: MIT
// Shrinks the frame at its tail to what the IPv4 header says (drops Ethernet padding), and records what a bad shrink answers.
#include "object.h"

RESULTS(8);

SEC("xdp")
int trim_padding(struct xdp_md *ctx)
{
    __u32 length = frame_length(ctx), wanted;
    struct iphdr *ip = ipv4_of(ctx);

    if (!ip)
        return XDP_PASS;
    wanted = ETH_HLEN + bpf_ntohs(ip->tot_len);

    record(0, bpf_xdp_adjust_tail(ctx, -65536));
    record(1, bpf_xdp_adjust_tail(ctx, -(int)length));
    record(2, bpf_xdp_adjust_tail(ctx, ETH_HLEN - 1 - (int)length));
    record(3, bpf_xdp_adjust_tail(ctx, 0));
    if (wanted > length)
        return XDP_DROP;
    record(4, bpf_xdp_adjust_tail(ctx, (int)(wanted - length)));
    record(5, frame_length(ctx));
    return XDP_TX;
}

// Down to the shortest frame that is allowed.
SEC("xdp")
int trim_all(struct xdp_md *ctx)
{
    int length = frame_length(ctx);

    record(6, bpf_xdp_adjust_tail(ctx, ETH_HLEN - length));
    record(7, frame_length(ctx));
    return XDP_PASS;
}

LICENSE("MIT");
