// SPDX-License-Identifier: MIT
// Writes a map that is pinned by name, for a program of another object: frames by EtherType.
#include "pinned.h"

SEC("xdp")
int write_shared(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct sighting *known;
    __u16 protocol;

    if (!eth)
        return XDP_ABORTED;
    protocol = eth->h_proto;
    known = bpf_map_lookup_elem(&shared_sightings, &protocol);
    if (known) {
        known->frames++;
        known->last_length = frame_length(ctx);
    } else {
        struct sighting fresh = { .frames = 1, .last_length = frame_length(ctx) };

        bpf_map_update_elem(&shared_sightings, &protocol, &fresh, BPF_NOEXIST);
    }
    return XDP_PASS;
}

LICENSE("MIT");
