// SPDX-License-Identifier: MIT
// Packets and bytes by IP protocol number in a per-CPU array, with plain adds.
#include "object.h"

struct traffic {
    __u64 packets;
    __u64 bytes;
};

MAP(PERCPU_ARRAY, by_protocol, __u32, struct traffic, 256);

SEC("xdp")
int count_traffic(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);
    struct traffic *traffic;
    __u32 protocol;

    if (!eth)
        return XDP_ABORTED;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end)
            return XDP_DROP;
        protocol = ip->protocol;
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end)
            return XDP_DROP;
        protocol = ip->nexthdr;
    } else {
        return XDP_PASS;
    }

    traffic = bpf_map_lookup_elem(&by_protocol, &protocol);
    if (traffic) {
        traffic->packets++;
        traffic->bytes += frame_length(ctx);
    }
    return XDP_PASS;
}

LICENSE("MIT");
