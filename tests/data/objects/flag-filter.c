// SPDX-License-Identifier: MIT
// Rules of ports and addresses of which a value holds flags below and how often it was hit above them, as xdp-filter has them: what is tested never changes.
#include "object.h"

enum { AT_SOURCE = 1, AT_DESTINATION = 2, FLAG_BITS = 3 };

MAP(ARRAY, ports, __u32, __u64, 65536);
MAP(PERCPU_HASH, addresses, __u32, __u64, 64);
MAP(PERCPU_ARRAY, verdicts, __u32, __u64, 5);

struct ports {
    __be16 source, destination;
};

static __always_inline int end(int verdict)
{
    __u32 slot = verdict;
    __u64 *frames = bpf_map_lookup_elem(&verdicts, &slot);

    if (frames)
        *frames += 1;
    return verdict;
}

// Whether a rule has the flag, and is therefore hit.
static __always_inline int hits(__u64 *rule, __u64 flag)
{
    if (!rule || (*rule & flag) != flag)
        return 0;
    *rule += 1 << FLAG_BITS;
    return 1;
}

static __always_inline int hits_port(__be16 port, __u64 flag)
{
    __u32 key = port;

    return hits(bpf_map_lookup_elem(&ports, &key), flag);
}

static __always_inline int hits_address(__be32 address, __u64 flag)
{
    return hits(bpf_map_lookup_elem(&addresses, &address), flag);
}

SEC("xdp")
int filter_by_flags(struct xdp_md *ctx)
{
    void *at = frame_begin(ctx), *stop = frame_end(ctx);
    struct ethhdr *eth = at;
    struct iphdr *ip = at = eth + 1;
    struct ports *l4;

    if ((void *)(ip + 1) > stop || eth->h_proto != bpf_htons(ETH_P_IP))
        return end(XDP_PASS);
    if (hits_address(ip->saddr, AT_SOURCE) || hits_address(ip->daddr, AT_DESTINATION))
        return end(XDP_DROP);
    if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
        return end(XDP_PASS);
    l4 = at + ip->ihl * 4;
    if ((void *)(l4 + 1) > stop)
        return end(XDP_ABORTED);
    if (hits_port(l4->destination, AT_DESTINATION) || hits_port(l4->source, AT_SOURCE))
        return end(XDP_TX);
    return end(XDP_PASS);
}

LICENSE("MIT");
