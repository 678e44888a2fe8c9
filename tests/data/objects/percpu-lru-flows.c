// SPDX-License-Identifier: MIT
// Bytes and packets per flow and CPU in an LRU per-CPU hash large enough never to evict; another CPU's value is looked at too.
#include "object.h"

struct flow {
    __be32 source, destination;
    __u32 protocol;
};

struct totals {
    __u64 packets, bytes;
};

MAP(LRU_PERCPU_HASH, flows, struct flow, struct totals, 65536);
RESULTS(6);

SEC("xdp")
int account(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    struct totals fresh = { 1, frame_length(ctx) }, *totals;
    struct flow flow;

    if (!ip)
        return XDP_PASS;
    flow.source = ip->saddr;
    flow.destination = ip->daddr;
    flow.protocol = ip->protocol;
    totals = bpf_map_lookup_elem(&flows, &flow);
    if (totals) {
        totals->packets++;
        totals->bytes += fresh.bytes;
    } else {
        record(0, bpf_map_update_elem(&flows, &flow, &fresh, BPF_NOEXIST));
    }
    totals = bpf_map_lookup_percpu_elem(&flows, &flow, 0);
    record(1, totals ? totals->packets : -1);
    record(2, bpf_map_lookup_percpu_elem(&flows, &flow, 1 << 20) == NULL);
    record(3, bpf_map_update_elem(&flows, &flow, &fresh, BPF_NOEXIST));
    if (ip->ttl == 1)
        record(4, bpf_map_delete_elem(&flows, &flow));
    return XDP_PASS;
}

LICENSE("MIT");
