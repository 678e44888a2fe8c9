// SPDX-License-Identifier: MIT
// Walks IPv6 extension headers to the transport header: each step's length comes from the packet. Records where it arrived and at what.
#include "object.h"

RESULTS(8);

struct extension {
    __u8 next;
    __u8 length;
    __u8 bytes[6];
};

MAP(PERCPU_ARRAY, headers, __u32, __u64, 256);

static __always_inline void saw(__u32 header)
{
    __u64 *counter = bpf_map_lookup_elem(&headers, &header);

    if (counter)
        ++*counter;
}

SEC("xdp")
int walk_extensions(struct xdp_md *ctx)
{
    struct ethhdr *eth = frame_begin(ctx);
    struct ipv6hdr *ip = (void *)(eth + 1);
    __u8 *end = frame_end(ctx), *at = (void *)(ip + 1), next;
    __u32 offset = 0;

    if (at > end || eth->h_proto != bpf_htons(ETH_P_IPV6))
        return XDP_PASS;
    next = ip->nexthdr;

    for (__u32 i = 0; i < 8; i++) {
        struct extension *extension = (void *)(at + offset);

        saw(next);
        if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_FRAGMENT && next != IPPROTO_DSTOPTS && next != IPPROTO_AH)
            break;
        if ((void *)(extension + 1) > (void *)end) {
            count(0);
            return XDP_DROP;
        }
        if (next == IPPROTO_FRAGMENT) {
            count(1);
            offset += 8;
        } else if (next == IPPROTO_AH) {
            offset += (extension->length + 2) * 4;
        } else {
            offset += (extension->length + 1) * 8;
        }
        next = extension->next;
        // Eight headers of 2,048 bytes at most.
        if (offset > 16384)
            return XDP_ABORTED;
    }
    record(2, next);
    record(3, offset);
    if (next == IPPROTO_UDP || next == IPPROTO_TCP) {
        __be16 *ports = (void *)(at + offset);

        if ((void *)(ports + 2) > (void *)end)
            return XDP_DROP;
        record(4, bpf_ntohs(ports[0]));
        record(5, bpf_ntohs(ports[1]));
    }
    return next == IPPROTO_NONE ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
