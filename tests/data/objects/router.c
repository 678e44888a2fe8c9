// SPDX-License-Identifier: MIT
// A router of its own: routes by longest prefix for both IP versions, next hops in an array shared by routes, several of them by flow
// hash, TTL, neighbours' addresses, out by a devmap.
#include "protocols.h"

enum { MAX_HOPS = 4 };
enum { ROUTED, NO_ROUTE, TTL_OUT, LOCAL, NO_PORT, NOT_IP, BLACKHOLE, REASONS };

struct prefix4 {
    __u32 bits;
    __be32 address;
};

struct prefix6 {
    __u32 bits;
    struct in6_addr address;
};

struct route {
    __u32 hops;
    __u32 hop[MAX_HOPS];
};

struct next_hop {
    __u8 mac[ETH_ALEN];
    __u8 own[ETH_ALEN];
    __u32 port;
    __u64 packets;
    __u64 bytes;
};

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 4096);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix4);
    __type(value, struct route);
} routes4 SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 4096);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix6);
    __type(value, struct route);
} routes6 SEC(".maps");

MAP(PERCPU_ARRAY, hops, __u32, struct next_hop, 64);
MAP(DEVMAP, ports, __u32, __u32, 16);
TALLIES(REASONS);

// The same flow takes the same of several next hops.
static __always_inline int leave(struct xdp_md *ctx, struct ethhdr *eth, const struct route *route, __u32 hash)
{
    __u32 choice = route->hops > 1 ? hash % route->hops : 0, index;
    struct next_hop *hop;

    if (!route->hops) {
        tally(ctx, BLACKHOLE);
        return XDP_DROP;
    }
    opaque(choice);
    index = route->hop[choice & (MAX_HOPS - 1)];
    hop = bpf_map_lookup_elem(&hops, &index);
    if (!hop) {
        tally(ctx, NO_ROUTE);
        return XDP_DROP;
    }
    __builtin_memcpy(eth->h_dest, hop->mac, ETH_ALEN);
    __builtin_memcpy(eth->h_source, hop->own, ETH_ALEN);
    hop->packets++;
    hop->bytes += frame_length(ctx);
    tally(ctx, ROUTED);
    return bpf_redirect_map(&ports, hop->port, XDP_DROP);
}

SEC("xdp")
int route_packets(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);
    struct route *route;

    if (!eth)
        return XDP_DROP;
    if (eth->h_dest[0] & 1) {
        tally(ctx, LOCAL);
        return XDP_PASS;
    }
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = (void *)(eth + 1);
        struct prefix4 key = { .bits = 32 };

        if ((void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5)
            return XDP_DROP;
        if (ip->ttl <= 1) {
            tally(ctx, TTL_OUT);
            return XDP_PASS;
        }
        key.address = ip->daddr;
        route = bpf_map_lookup_elem(&routes4, &key);
        if (!route) {
            tally(ctx, NO_ROUTE);
            return XDP_PASS;
        }
        decrease_ttl(ip);
        return leave(ctx, eth, route, jenkins(ip->saddr, ip->daddr, ip->protocol, 0));
    }
    if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);
        struct prefix6 key = { .bits = 128 };

        if ((void *)(ip + 1) > end || ip->version != 6)
            return XDP_DROP;
        if (ip->hop_limit <= 1) {
            tally(ctx, TTL_OUT);
            return XDP_PASS;
        }
        // Link-local addresses are nobody else's.
        if (ip->daddr.s6_addr[0] == 0xfe && (ip->daddr.s6_addr[1] & 0xc0) == 0x80) {
            tally(ctx, LOCAL);
            return XDP_PASS;
        }
        key.address = ip->daddr;
        route = bpf_map_lookup_elem(&routes6, &key);
        if (!route) {
            tally(ctx, NO_ROUTE);
            return XDP_PASS;
        }
        ip->hop_limit--;
        return leave(ctx, eth, route, jenkins(ip->saddr.s6_addr32[3], ip->daddr.s6_addr32[3], ip->nexthdr, ip->flow_lbl[2]));
    }
    tally(ctx, NOT_IP);
    return XDP_PASS;
}

LICENSE("MIT");
