// SPDX-License-Identifier: MIT
// Counts frames by protocol in an array, with atomic adds; looks behind up to two VLAN tags.
#include "object.h"

enum { SEEN_ETHERNET, SEEN_VLAN, SEEN_IPV4, SEEN_IPV6, SEEN_TCP, SEEN_UDP, SEEN_ICMP, SEEN_ICMPV6, SEEN_ARP, SEEN_OTHER, SEEN_SHORT, SLOTS };

MAP(ARRAY, frames, __u32, __u64, SLOTS);

struct vlan_tag {
    __be16 control;
    __be16 protocol;
};

static __always_inline void saw(__u32 slot)
{
    __u64 *counter = bpf_map_lookup_elem(&frames, &slot);

    if (counter)
        __sync_fetch_and_add(counter, 1);
}

static __always_inline void saw_transport(__u8 protocol)
{
    switch (protocol) {
    case IPPROTO_TCP: saw(SEEN_TCP); break;
    case IPPROTO_UDP: saw(SEEN_UDP); break;
    case IPPROTO_ICMP: saw(SEEN_ICMP); break;
    case IPPROTO_ICMPV6: saw(SEEN_ICMPV6); break;
    default: saw(SEEN_OTHER);
    }
}

SEC("xdp")
int count_protocols(struct xdp_md *ctx)
{
    void *at = frame_begin(ctx), *end = frame_end(ctx);
    struct ethhdr *eth = at;
    __be16 protocol;

    at = eth + 1;
    if (at > end)
        goto too_short;
    saw(SEEN_ETHERNET);
    protocol = eth->h_proto;

#pragma unroll
    for (int depth = 0; depth < 2; depth++) {
        struct vlan_tag *tag = at;

        if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
            break;
        at = tag + 1;
        if (at > end)
            goto too_short;
        saw(SEEN_VLAN);
        protocol = tag->protocol;
    }

    if (protocol == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = at;

        if ((void *)(ip + 1) > end)
            goto too_short;
        saw(SEEN_IPV4);
        saw_transport(ip->protocol);
    } else if (protocol == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = at;

        if ((void *)(ip + 1) > end)
            goto too_short;
        saw(SEEN_IPV6);
        saw_transport(ip->nexthdr);
    } else if (protocol == bpf_htons(ETH_P_ARP)) {
        saw(SEEN_ARP);
    } else {
        saw(SEEN_OTHER);
    }
    return XDP_PASS;

too_short:
    saw(SEEN_SHORT);
    return XDP_DROP;
}

LICENSE("MIT");
