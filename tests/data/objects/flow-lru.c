// SPDX-License-Identifier: MIT
// A flow table in an LRU hash that is large enough never to evict: IPv4 and IPv6 in one key, TCP flags gathered, closed flows deleted.
#include "object.h"

struct flow {
    __be32 source[4];
    __be32 destination[4];
    __be16 source_port;
    __be16 destination_port;
    __u32 protocol;
};

struct connection {
    __u64 packets;
    __u32 flags_seen;
    __u32 resets;
};

MAP(LRU_HASH, connections, struct flow, struct connection, 65536);
RESULTS(2);

SEC("xdp")
int track_connections(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);
    struct flow flow = {};
    struct connection *known;
    struct tcphdr *tcp;
    __u8 flags;

    if (!eth)
        return XDP_DROP;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = ipv4_of(ctx);

        if (!ip || ip->protocol != IPPROTO_TCP)
            return XDP_PASS;
        flow.source[0] = ip->saddr;
        flow.destination[0] = ip->daddr;
        tcp = (void *)(ip + 1);
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end || ip->nexthdr != IPPROTO_TCP)
            return XDP_PASS;
        __builtin_memcpy(flow.source, &ip->saddr, sizeof(flow.source));
        __builtin_memcpy(flow.destination, &ip->daddr, sizeof(flow.destination));
        tcp = (void *)(ip + 1);
    } else {
        return XDP_PASS;
    }
    if ((void *)(tcp + 1) > end)
        return XDP_DROP;
    flow.source_port = tcp->source;
    flow.destination_port = tcp->dest;
    flow.protocol = IPPROTO_TCP;
    flags = ((__u8 *)tcp)[13];

    known = bpf_map_lookup_elem(&connections, &flow);
    if (!known) {
        struct connection fresh = { .packets = 1, .flags_seen = flags };

        record(0, bpf_map_update_elem(&connections, &flow, &fresh, BPF_ANY));
        return XDP_PASS;
    }
    known->packets++;
    known->flags_seen |= flags;
    if (tcp->rst)
        known->resets++;
    if (tcp->fin)
        record(1, bpf_map_delete_elem(&connections, &flow));
    return XDP_PASS;
}

LICENSE("MIT");
