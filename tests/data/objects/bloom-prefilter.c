// SPDX-License-Identifier: MIT
// A Bloom filter before an exact table: flows are pushed when they are first seen, and only what the filter knows is looked up. Without a seed, so
// that what it takes for known is the same everywhere.
#include "object.h"

struct flow {
    __be32 source, destination;
};

struct {
    __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
    __uint(max_entries, 32);
    __uint(map_extra, 3);
    __uint(map_flags, BPF_F_ZERO_SEED);
    __type(value, struct flow);
} seen SEC(".maps");

MAP(HASH, packets, struct flow, __u64, 4096);
RESULTS(6);

SEC("xdp")
int prefilter(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    __u64 one = 1, *known;
    struct flow flow;

    if (!ip)
        return XDP_PASS;
    flow.source = ip->saddr;
    flow.destination = ip->daddr;
    if (bpf_map_peek_elem(&seen, &flow)) {
        count(0);
        record(1, bpf_map_push_elem(&seen, &flow, BPF_ANY));
        record(2, bpf_map_push_elem(&seen, &flow, BPF_EXIST));
        bpf_map_update_elem(&packets, &flow, &one, BPF_ANY);
        return XDP_PASS;
    }
    known = bpf_map_lookup_elem(&packets, &flow);
    if (!known) {
        // Taken for known by mistake.
        count(3);
        return XDP_DROP;
    }
    *known += 1;
    return XDP_TX;
}

LICENSE("MIT");
