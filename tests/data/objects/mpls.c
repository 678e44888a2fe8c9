// SPDX-License-Identifier: MIT
// A label switch (RFC 3031, 3032): labels are looked up from the top of the stack, swapped or popped, and what is below the last one is IP again.
#include "protocols.h"

enum { MPLS_UNICAST = 0x8847, BOTTOM = 0x100, MAX_POPS = 4, EXPLICIT_NULL = 0, EXPLICIT_NULL_6 = 2 };
enum { SWAP, POP, REASON_DROPPED };
enum { SWAPPED, POPPED, NO_LABEL, TTL_OUT, NOT_MPLS, CUT, REASONS };

struct forward {
    __u32 action;
    __u32 label;
    __u8 mac[ETH_ALEN];
    __u16 padding;
    __u64 packets;
};

MAP(HASH, labels, __u32, struct forward, 1024);
TALLIES(REASONS);

static __always_inline __u32 label_of(__u32 entry)
{
    return entry >> 12;
}

// The Ethernet header goes over what was popped.
static __always_inline int pop(struct xdp_md *ctx, __u32 count, __be16 type)
{
    struct ethhdr *eth = ethernet_of(ctx), kept;

    if (!eth)
        return -1;
    kept = *eth;
    kept.h_proto = type;
    if (bpf_xdp_adjust_head(ctx, count * 4))
        return -1;
    eth = ethernet_of(ctx);
    if (!eth)
        return -1;
    *eth = kept;
    return 0;
}

SEC("xdp")
int switch_labels(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);
    __be32 *stack;
    __u32 popped, entry = 0, ttl = 255;

    if (!eth || eth->h_proto != bpf_htons(MPLS_UNICAST)) {
        tally(ctx, NOT_MPLS);
        return XDP_PASS;
    }
    stack = (void *)(eth + 1);
    for (popped = 0; popped < MAX_POPS; popped++) {
        struct forward *forward;
        __u32 label;

        if ((void *)(stack + 1) > end) {
            tally(ctx, CUT);
            return XDP_DROP;
        }
        entry = bpf_ntohl(*stack);
        ttl = entry & 0xff;
        label = label_of(entry);
        if (ttl <= 1) {
            tally(ctx, TTL_OUT);
            return XDP_DROP;
        }
        if (label != EXPLICIT_NULL && label != EXPLICIT_NULL_6) {
            forward = bpf_map_lookup_elem(&labels, &label);
            if (!forward) {
                tally(ctx, NO_LABEL);
                return XDP_DROP;
            }
            forward->packets++;
            if (forward->action == SWAP) {
                *stack = bpf_htonl(forward->label << 12 | (entry & 0xf00) | (ttl - 1));
                __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
                __builtin_memcpy(eth->h_dest, forward->mac, ETH_ALEN);
                if (popped && pop(ctx, popped, bpf_htons(MPLS_UNICAST)))
                    return XDP_ABORTED;
                tally(ctx, SWAPPED);
                return XDP_TX;
            }
        }
        stack++;
        if (entry & BOTTOM) {
            __u8 *first = (void *)stack;
            __be16 type;

            if ((void *)(first + 1) > end) {
                tally(ctx, CUT);
                return XDP_DROP;
            }
            type = *first >> 4 == 6 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
            if (pop(ctx, popped + 1, type)) {
                tally(ctx, CUT);
                return XDP_DROP;
            }
            tally(ctx, POPPED);
            return XDP_PASS;
        }
    }
    tally(ctx, NO_LABEL);
    return XDP_DROP;
}

LICENSE("MIT");
