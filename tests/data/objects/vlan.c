// SPDX-License-Identifier: MIT
// Pushes and pops a VLAN tag: the head moves by four bytes and the addresses move with it.
#include "object.h"

RESULTS(4);

struct tagged {
    __u8 addresses[2 * ETH_ALEN];
    __be16 tag_protocol;
    __be16 control;
    __be16 protocol;
};

SEC("xdp")
int vlan_push(struct xdp_md *ctx)
{
    struct tagged *to;
    struct ethhdr *from;
    __u8 addresses[2 * ETH_ALEN];

    from = ethernet_of(ctx);
    if (!from)
        return XDP_DROP;
    __builtin_memcpy(addresses, from, sizeof(addresses));
    if (bpf_xdp_adjust_head(ctx, -4))
        return XDP_ABORTED;
    to = frame_begin(ctx);
    if ((void *)(to + 1) > frame_end(ctx))
        return XDP_ABORTED;
    __builtin_memcpy(to->addresses, addresses, sizeof(addresses));
    to->tag_protocol = bpf_htons(ETH_P_8021Q);
    to->control = bpf_htons(0x2000 | (frame_length(ctx) & 0xfff));
    return XDP_PASS;
}

SEC("xdp")
int vlan_pop(struct xdp_md *ctx)
{
    struct tagged *from = frame_begin(ctx);
    __u8 addresses[2 * ETH_ALEN];
    struct ethhdr *to;

    if ((void *)(from + 1) > frame_end(ctx) || from->tag_protocol != bpf_htons(ETH_P_8021Q))
        return XDP_PASS;
    record(0, bpf_ntohs(from->control) & 0xfff);
    record(1, bpf_ntohs(from->control) >> 13);
    __builtin_memcpy(addresses, from->addresses, sizeof(addresses));
    if (bpf_xdp_adjust_head(ctx, 4))
        return XDP_ABORTED;
    to = ethernet_of(ctx);
    if (!to)
        return XDP_ABORTED;
    __builtin_memcpy(to, addresses, sizeof(addresses));
    record(2, bpf_ntohs(to->h_proto));
    return XDP_PASS;
}

LICENSE("MIT");
