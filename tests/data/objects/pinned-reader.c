// SPDX-License-Identifier: MIT
// Reads what pinned-writer wrote for this very frame, and drops every fourth of a kind.
#include "pinned.h"

RESULTS(2);

SEC("xdp")
int read_shared(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct sighting *known;
    __u16 protocol;

    if (!eth)
        return XDP_ABORTED;
    protocol = eth->h_proto;
    known = bpf_map_lookup_elem(&shared_sightings, &protocol);
    if (!known) {
        count(0);
        return XDP_ABORTED;
    }
    known->read++;
    record(1, known->frames * 65536 + known->last_length);
    return known->frames & 3 ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
