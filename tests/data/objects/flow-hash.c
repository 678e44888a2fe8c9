// SPDX-License-Identifier: MIT
// A flow table in a hash: 5-tuple key with padding, a new flow is inserted, a known one updated in place.
#include "object.h"

struct flow {
    __be32 source;
    __be32 destination;
    __be16 source_port;
    __be16 destination_port;
    __u8 protocol;
    __u8 padding[3];
};

struct traffic {
    __u64 packets;
    __u64 bytes;
    __u32 first_length;
    __u32 last_length;
};

MAP(HASH, flows, struct flow, struct traffic, 4096);

SEC("xdp")
int track_flows(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    struct flow flow = {};
    struct traffic *known;

    if (!ip)
        return XDP_PASS;
    flow.source = ip->saddr;
    flow.destination = ip->daddr;
    flow.protocol = ip->protocol;
    if (ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP) {
        __be16 *ports = (void *)(ip + 1);

        if ((void *)(ports + 2) > frame_end(ctx))
            return XDP_DROP;
        flow.source_port = ports[0];
        flow.destination_port = ports[1];
    }

    known = bpf_map_lookup_elem(&flows, &flow);
    if (known) {
        known->packets++;
        known->bytes += frame_length(ctx);
        known->last_length = frame_length(ctx);
    } else {
        struct traffic fresh = {
            .packets = 1,
            .bytes = frame_length(ctx),
            .first_length = frame_length(ctx),
            .last_length = frame_length(ctx),
        };

        bpf_map_update_elem(&flows, &flow, &fresh, BPF_NOEXIST);
    }
    return XDP_PASS;
}

LICENSE("MIT");
