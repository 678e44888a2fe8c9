// SPDX-License-Identifier: MIT
// Segment routing over IPv6 (RFC 8754, 8986): a frame to one of this node's segments goes on to the next one of the list in its header;
// at the end of the list the segment's behaviour says whether the header or the outer packet comes off.
#include "protocols.h"

enum { ROUTING = 43, SEGMENTS = 4, MAX_LISTED = 8 };
enum { END, END_DT4, END_DROP };
enum { NOT_LOCAL, FORWARDED, DECAPSULATED, DISCARDED, BAD_HEADER, HOPS_OUT, NO_HEADER, REASONS };

struct segmenthdr {
    __u8 next;
    __u8 length;
    __u8 type;
    __u8 left;
    __u8 last;
    __u8 flags;
    __be16 tag;
};

struct segment {
    __u32 behaviour;
    __u32 tags;
    __u64 packets;
};

MAP(HASH, segments, struct in6_addr, struct segment, 64);
TALLIES(REASONS);

static __always_inline int decapsulate(struct xdp_md *ctx, __u32 length)
{
    struct ethhdr *eth = ethernet_of(ctx), kept;

    if (!eth)
        return XDP_ABORTED;
    kept = *eth;
    kept.h_proto = bpf_htons(ETH_P_IP);
    if (bpf_xdp_adjust_head(ctx, length))
        return XDP_DROP;
    eth = ethernet_of(ctx);
    if (!eth)
        return XDP_ABORTED;
    *eth = kept;
    tally(ctx, DECAPSULATED);
    return XDP_PASS;
}

SEC("xdp")
int segment_end(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    void *end = frame_end(ctx);
    struct in6_addr address, *list;
    struct segment *segment;
    struct segmenthdr *header;
    struct ipv6hdr *ip;
    __u32 left, bytes;

    if (!eth || eth->h_proto != bpf_htons(ETH_P_IPV6))
        return XDP_PASS;
    ip = (void *)(eth + 1);
    if ((void *)(ip + 1) > end)
        return XDP_DROP;
    address = ip->daddr;
    segment = bpf_map_lookup_elem(&segments, &address);
    if (!segment) {
        tally(ctx, NOT_LOCAL);
        return XDP_PASS;
    }
    segment->packets++;
    if (ip->hop_limit <= 1) {
        tally(ctx, HOPS_OUT);
        return XDP_DROP;
    }
    header = (void *)(ip + 1);
    if (ip->nexthdr != ROUTING || (void *)(header + 1) > end || header->type != SEGMENTS) {
        tally(ctx, NO_HEADER);
        return XDP_PASS;
    }
    segment->tags ^= bpf_ntohs(header->tag);
    left = header->left;
    bytes = (header->length + 1) * 8;
    if (header->last >= MAX_LISTED || left > header->last || (header->last + 1) * sizeof(*list) + sizeof(*header) > bytes) {
        tally(ctx, BAD_HEADER);
        return XDP_DROP;
    }
    if (left == 0) {
        if (segment->behaviour == END_DT4 && header->next == IPPROTO_IPIP)
            return decapsulate(ctx, sizeof(*ip) + bytes);
        if (segment->behaviour == END_DROP) {
            tally(ctx, DISCARDED);
            return XDP_DROP;
        }
        return XDP_PASS;
    }
    left--;
    list = (void *)(header + 1);
    list += left & (MAX_LISTED - 1);
    if ((void *)(list + 1) > end) {
        tally(ctx, BAD_HEADER);
        return XDP_DROP;
    }
    header->left = left;
    ip->daddr = *list;
    ip->hop_limit--;
    swap_macs(eth);
    tally(ctx, FORWARDED);
    return XDP_TX;
}

LICENSE("MIT");
