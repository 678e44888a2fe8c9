// SPDX-License-Identifier: MIT
// Maps whose size the object leaves to whoever loads it.
#include "object.h"

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, __u64);
} by_length SEC(".maps");

MAP(HASH, by_source, __u64, __u64, 1);

SEC("xdp")
int map_sizes(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    __u32 length = frame_length(ctx);
    __u64 *counter = bpf_map_lookup_elem(&by_length, &length), one = 1, source = 0;

    if (!eth)
        return XDP_DROP;
    if (counter)
        ++*counter;
    __builtin_memcpy(&source, eth->h_source, ETH_ALEN);
    bpf_map_update_elem(&by_source, &source, &one, BPF_ANY);
    return counter ? XDP_TX : XDP_PASS;
}

LICENSE("MIT");
