// SPDX-License-Identifier: MIT
// A layer-4 load balancer as large sites run them: virtual addresses in a hash, each with its own consistent-hashing table in a map of its
// own, remembered connections, statistics per server and CPU, packets on to the server in an IP tunnel.
#include "protocols.h"

enum { TABLE = 251, KEEP = 1, NO_PORT = 2 };
enum { NOT_SERVED, KNOWN, CHOSEN, NO_SERVER, FRAGMENT, BAD, SENT, REASONS };

struct service {
    __be32 address[4];
    __be16 port;
    __u16 protocol;
};

struct vip {
    __u32 number;
    __u32 flags;
    __u64 packets;
};

struct flow {
    __be32 source[4];
    __be32 destination[4];
    __be16 ports[2];
    __u32 protocol;
};

struct server {
    __be32 address;
    __u32 weight;
};

struct table {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, TABLE);
    __type(key, __u32);
    __type(value, __u32);
};

struct table table0 SEC(".maps"), table1 SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 4);
    __type(key, __u32);
    __array(values, struct table);
} tables SEC(".maps") = { .values = { &table0, &table1 } };

MAP(HASH, services, struct service, struct vip, 64);
MAP(ARRAY, servers, __u32, struct server, 32);
MAP(PERCPU_ARRAY, server_tallies, __u32, struct tally, 32);
MAP(LRU_HASH, flows, struct flow, __u32, 65536);
TALLIES(REASONS);

static __noinline __u32 hash_of(const struct flow *flow)
{
    __u32 a = flow->source[0] ^ flow->source[2], b = flow->source[1] ^ flow->source[3];

    if (!flow)
        return 0;
    return jenkins(jenkins(a, b, *(const __u32 *)flow->ports, 0), flow->destination[0] ^ flow->destination[3], flow->protocol, 7);
}

static __always_inline int parse(struct xdp_md *ctx, struct flow *flow, __u32 *flags)
{
    void *end = frame_end(ctx), *at;
    struct ethhdr *eth = ethernet_of(ctx);

    if (!eth)
        return BAD;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end || ip->ihl != 5)
            return BAD;
        if (ip->frag_off & bpf_htons(IP_MF | IP_OFFSET))
            return FRAGMENT;
        flow->source[0] = ip->saddr;
        flow->destination[0] = ip->daddr;
        flow->protocol = ip->protocol;
        at = ip + 1;
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end)
            return BAD;
        __builtin_memcpy(flow->source, &ip->saddr, sizeof(flow->source));
        __builtin_memcpy(flow->destination, &ip->daddr, sizeof(flow->destination));
        flow->protocol = ip->nexthdr;
        at = ip + 1;
    } else {
        return NOT_SERVED;
    }
    if (flow->protocol == IPPROTO_TCP) {
        struct tcphdr *tcp = at;

        if ((void *)(tcp + 1) > end)
            return BAD;
        flow->ports[0] = tcp->source;
        flow->ports[1] = tcp->dest;
        *flags = ((__u8 *)tcp)[13];
    } else if (flow->protocol == IPPROTO_UDP) {
        struct udphdr *udp = at;

        if ((void *)(udp + 1) > end)
            return BAD;
        flow->ports[0] = udp->source;
        flow->ports[1] = udp->dest;
    } else {
        return NOT_SERVED;
    }
    return SENT;
}

static __always_inline struct vip *vip_of(const struct flow *flow)
{
    struct service service = { .port = flow->ports[1], .protocol = flow->protocol };
    struct vip *vip;

    __builtin_memcpy(service.address, flow->destination, sizeof(service.address));
    vip = bpf_map_lookup_elem(&services, &service);
    if (vip)
        return vip;
    // A service of every port.
    service.port = 0;
    return bpf_map_lookup_elem(&services, &service);
}

static __always_inline int encapsulate(struct xdp_md *ctx, const struct server *server, __u32 hash)
{
    struct ethhdr *eth = ethernet_of(ctx), kept;
    __u16 length = frame_length(ctx) - sizeof(*eth);
    struct iphdr *outer;
    __u8 inner;

    if (!eth)
        return XDP_ABORTED;
    kept = *eth;
    inner = kept.h_proto == bpf_htons(ETH_P_IPV6) ? IPPROTO_IPV6 : IPPROTO_IPIP;
    if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*outer)))
        return XDP_ABORTED;
    eth = frame_begin(ctx);
    outer = (void *)(eth + 1);
    if ((void *)(outer + 1) > frame_end(ctx))
        return XDP_ABORTED;
    *eth = kept;
    eth->h_proto = bpf_htons(ETH_P_IP);
    swap_macs(eth);
    __builtin_memset(outer, 0, sizeof(*outer));
    outer->version = 4;
    outer->ihl = 5;
    outer->ttl = 64;
    outer->protocol = inner;
    outer->tot_len = bpf_htons(length + sizeof(*outer));
    // Sources that differ by flow spread over the receiver's queues.
    outer->saddr = bpf_htonl(0xac100000 | (hash & 0xffff));
    outer->daddr = server->address;
    outer->check = ipv4_checksum(outer);
    return XDP_TX;
}

SEC("xdp")
int balance(struct xdp_md *ctx)
{
    struct flow flow = {};
    __u32 flags = 0, hash, slot, number, *remembered, *chosen;
    int what = parse(ctx, &flow, &flags);
    struct server *server;
    struct tally *cell;
    struct vip *vip;
    void *table;

    if (what != SENT) {
        tally(ctx, what & 7);
        return what == BAD ? XDP_DROP : XDP_PASS;
    }
    vip = vip_of(&flow);
    if (!vip) {
        tally(ctx, NOT_SERVED);
        return XDP_PASS;
    }
    vip->packets++;
    if (vip->flags & NO_PORT)
        flow.ports[0] = flow.ports[1] = 0;
    hash = hash_of(&flow);
    remembered = vip->flags & KEEP && !(flags & 2) ? bpf_map_lookup_elem(&flows, &flow) : NULL;
    if (remembered) {
        number = *remembered;
        tally(ctx, KNOWN);
    } else {
        __u32 which = vip->number;

        table = bpf_map_lookup_elem(&tables, &which);
        if (!table) {
            tally(ctx, NO_SERVER);
            return XDP_DROP;
        }
        slot = hash % TABLE;
        chosen = bpf_map_lookup_elem(table, &slot);
        if (!chosen)
            return XDP_ABORTED;
        number = *chosen;
        if (vip->flags & KEEP)
            bpf_map_update_elem(&flows, &flow, &number, BPF_ANY);
        tally(ctx, CHOSEN);
    }
    server = bpf_map_lookup_elem(&servers, &number);
    if (!server || !server->address) {
        tally(ctx, NO_SERVER);
        return XDP_DROP;
    }
    cell = bpf_map_lookup_elem(&server_tallies, &number);
    if (cell) {
        cell->packets++;
        cell->bytes += frame_length(ctx);
    }
    return encapsulate(ctx, server, hash);
}

LICENSE("MIT");
