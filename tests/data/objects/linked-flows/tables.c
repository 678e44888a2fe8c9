// SPDX-License-Identifier: MIT
// The other half: the map, a counter, and the functions that the program calls.
#include "../object.h"
#include "parts.h"

struct flows flows SEC(".maps");

__u64 frames = 100;

static const volatile __u64 every = 5;

static __noinline __u64 mix(__u64 value)
{
    return (value ^ 0x55) + every;
}

__noinline __u64 account(__be32 key, __u64 length)
{
    struct flow *flow = bpf_map_lookup_elem(&flows, &key), fresh = { 1, length };

    if (!flow) {
        bpf_map_update_elem(&flows, &key, &fresh, BPF_ANY);
        return 1;
    }
    flow->packets++;
    flow->bytes += mix(length);
    return flow->packets;
}

__noinline int verdict_of(__u64 packets)
{
    return packets % every ? XDP_PASS : XDP_TX;
}

LICENSE("MIT");
