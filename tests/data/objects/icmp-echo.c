// SPDX-License-Identifier: MIT
// Answers ICMP echo requests from the card: swaps addresses, turns the type, adjusts the checksum by hand, transmits. Other frames go back
// with their addresses swapped when they are broadcast, and on when they are not.
#include "object.h"

RESULTS(4);

struct echo {
    __u8 type;
    __u8 code;
    __be16 checksum;
    __be16 id;
    __be16 sequence;
};

static __always_inline void swap_addresses(struct ethhdr *eth)
{
    __u8 address[ETH_ALEN];

    __builtin_memcpy(address, eth->h_source, ETH_ALEN);
    __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
    __builtin_memcpy(eth->h_dest, address, ETH_ALEN);
}

SEC("xdp")
int answer_echo(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct iphdr *ip = ipv4_of(ctx);
    struct echo *echo;
    __be32 address;
    __u32 sum;

    if (!eth)
        return XDP_ABORTED;
    if (!ip || ip->protocol != IPPROTO_ICMP) {
        if (!(eth->h_dest[0] & 1))
            return XDP_PASS;
        swap_addresses(eth);
        count(0);
        return XDP_TX;
    }
    echo = (void *)(ip + 1);
    if ((void *)(echo + 1) > frame_end(ctx))
        return XDP_DROP;
    if (echo->type != 8 || echo->code)
        return XDP_PASS;

    swap_addresses(eth);
    address = ip->saddr;
    ip->saddr = ip->daddr;
    ip->daddr = address;
    echo->type = 0;
    sum = bpf_ntohs(echo->checksum) + 0x0800;
    echo->checksum = bpf_htons(sum + (sum >> 16));
    record(1, echo->checksum);
    record(2, bpf_ntohs(echo->sequence));
    return XDP_TX;
}

LICENSE("MIT");
