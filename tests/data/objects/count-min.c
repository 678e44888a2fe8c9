// SPDX-License-Identifier: MIT
// Heavy hitters by a count-min sketch: four rows of counters that differently seeded hashes find, the least of them is the estimate; flows above a
// threshold go into a table. Conservative update: only counters that equal the estimate grow.
#include "protocols.h"

enum { ROWS = 4, WIDTH = 1024 };

struct flow {
    __be32 source;
    __be32 destination;
    __be32 ports;
    __u32 protocol;
};

struct row {
    __u32 counters[WIDTH];
};

MAP(ARRAY, sketch, __u32, struct row, ROWS);
MAP(HASH, heavy, struct flow, __u32, 512);
RESULTS(4);

const volatile __u32 threshold = 8;

static __always_inline __u32 place(const struct flow *flow, __u32 seed)
{
    return (jenkins(flow->source, flow->destination, flow->ports, seed * 0x9e3779b9 + flow->protocol)) & (WIDTH - 1);
}

// A global function: verified by itself, for any flow.
__u32 estimate(struct flow *flow)
{
    __u32 least = ~0u;
    __u32 places[ROWS];

    if (!flow)
        return 0;
#pragma unroll
    for (__u32 i = 0; i < ROWS; i++) {
        struct row *row;
        __u32 number = i;

        places[i] = place(flow, i + 1);
        row = bpf_map_lookup_elem(&sketch, &number);
        if (!row)
            return 0;
        if (row->counters[places[i]] < least)
            least = row->counters[places[i]];
    }
#pragma unroll
    for (__u32 i = 0; i < ROWS; i++) {
        struct row *row;
        __u32 number = i;

        row = bpf_map_lookup_elem(&sketch, &number);
        if (row && row->counters[places[i] & (WIDTH - 1)] == least)
            row->counters[places[i] & (WIDTH - 1)]++;
    }
    return least + 1;
}

SEC("xdp")
int find_heavy_hitters(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    struct flow flow = {};
    __u32 packets;

    if (!ip)
        return XDP_PASS;
    flow.source = ip->saddr;
    flow.destination = ip->daddr;
    flow.protocol = ip->protocol;
    if (ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP) {
        __be32 *ports = (void *)(ip + 1);

        if ((void *)(ports + 1) <= frame_end(ctx))
            flow.ports = *ports;
    }
    packets = estimate(&flow);
    record(0, packets);
    if (packets >= threshold)
        record(1, bpf_map_update_elem(&heavy, &flow, &packets, BPF_ANY));
    return packets >= threshold * 4 ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
