// SPDX-License-Identifier: MIT
// Half of an object: the program, which calls what another file defines and uses its maps and variables.
#include "../object.h"
#include "parts.h"

extern struct flows flows SEC(".maps");

RESULTS(3);

// In both halves there is one of that name.
static __noinline __u64 mix(__u64 value)
{
    return value * 7 + 1;
}

// The other half has one that counts.
__weak int verdict_of(__u64 packets)
{
    return packets ? XDP_DROP : XDP_ABORTED;
}

static __u64 here = 40;

SEC("xdp")
int judge_flows(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    __u64 packets;
    __be32 key;

    frames++;
    here += mix(frames);
    record(0, here);
    if (!ip)
        return XDP_PASS;
    key = ip->saddr;
    packets = account(key, frame_length(ctx));
    record(1, packets);
    record(2, bpf_map_lookup_elem(&flows, &key) != NULL);
    return verdict_of(packets);
}

LICENSE("MIT");
