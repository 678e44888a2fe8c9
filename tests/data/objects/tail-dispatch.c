// SPDX-License-Identifier: MIT
// Tail calls by IP protocol. The slots come from the chain file; a protocol without one falls through, and so does an index beyond the array.
#include "object.h"

enum { TO_TCP, TO_UDP, TO_ICMP, EMPTY_SLOT, SLOTS };

PROGRAM_ARRAY(handlers, SLOTS);
RESULTS(8);

SEC("xdp")
int handle_tcp(struct xdp_md *ctx)
{
    count(0);
    record(1, frame_length(ctx));
    return XDP_TX;
}

SEC("xdp")
int handle_udp(struct xdp_md *ctx)
{
    (void)ctx;
    count(2);
    return XDP_DROP;
}

SEC("xdp")
int handle_icmp(struct xdp_md *ctx)
{
    count(3);
    // One handler hands on to another.
    bpf_tail_call(ctx, &handlers, TO_UDP);
    count(4);
    return XDP_ABORTED;
}

SEC("xdp")
int dispatch(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct iphdr *ip;

    if (!eth)
        return XDP_ABORTED;
    if (eth->h_proto != bpf_htons(ETH_P_IP)) {
        bpf_tail_call(ctx, &handlers, EMPTY_SLOT);
        count(5);
        bpf_tail_call(ctx, &handlers, SLOTS + eth->h_source[5]);
        count(6);
        return XDP_PASS;
    }
    ip = ipv4_of(ctx);
    if (!ip)
        return XDP_PASS;
    switch (ip->protocol) {
    case IPPROTO_TCP: bpf_tail_call(ctx, &handlers, TO_TCP); break;
    case IPPROTO_UDP: bpf_tail_call(ctx, &handlers, TO_UDP); break;
    case IPPROTO_ICMP: bpf_tail_call(ctx, &handlers, TO_ICMP); break;
    }
    count(7);
    return XDP_PASS;
}

LICENSE("MIT");
