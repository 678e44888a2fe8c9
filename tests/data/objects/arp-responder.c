// SPDX-License-Identifier: MIT
// Answers for hosts behind this one: ARP requests and IPv6 neighbour solicitations for addresses in a table, in place, and learns who asks.
#include "protocols.h"

enum { REQUEST = 1, REPLY = 2, SOLICITATION = 135, ADVERTISEMENT = 136, TARGET_OPTION = 2 };
enum { ARP_ANSWERED, ND_ANSWERED, UNKNOWN, LEARNED, PROBE, BAD, OTHER, REASONS };

struct arp {
    __be16 hardware;
    __be16 protocol;
    __u8 hardware_length;
    __u8 protocol_length;
    __be16 operation;
    __u8 sender_mac[ETH_ALEN];
    __u8 sender[4];
    __u8 target_mac[ETH_ALEN];
    __u8 target[4];
} __attribute__((packed));

struct solicitation {
    __u8 type;
    __u8 code;
    __be16 check;
    __be32 flags;
    struct in6_addr target;
    __u8 option;
    __u8 option_length;
    __u8 mac[ETH_ALEN];
};

struct neighbour {
    __u8 mac[ETH_ALEN];
    __u16 asked;
};

MAP(HASH, neighbours4, __be32, struct neighbour, 256);
MAP(HASH, neighbours6, struct in6_addr, struct neighbour, 256);
MAP(LRU_HASH, learned, __be32, struct neighbour, 1024);
TALLIES(REASONS);

static __always_inline int answer_arp(struct xdp_md *ctx, struct ethhdr *eth, struct arp *arp)
{
    struct neighbour *neighbour, known = {};
    __be32 target, sender;

    if (arp->hardware != bpf_htons(1) || arp->protocol != bpf_htons(ETH_P_IP) || arp->hardware_length != ETH_ALEN || arp->protocol_length != 4) {
        tally(ctx, BAD);
        return XDP_DROP;
    }
    __builtin_memcpy(&target, arp->target, 4);
    __builtin_memcpy(&sender, arp->sender, 4);
    if (!sender) {
        tally(ctx, PROBE);
        return XDP_PASS;
    }
    __builtin_memcpy(known.mac, arp->sender_mac, ETH_ALEN);
    bpf_map_update_elem(&learned, &sender, &known, BPF_ANY);
    if (arp->operation != bpf_htons(REQUEST)) {
        tally(ctx, LEARNED);
        return XDP_PASS;
    }
    neighbour = bpf_map_lookup_elem(&neighbours4, &target);
    if (!neighbour) {
        tally(ctx, UNKNOWN);
        return XDP_PASS;
    }
    neighbour->asked++;
    arp->operation = bpf_htons(REPLY);
    __builtin_memcpy(arp->target_mac, arp->sender_mac, ETH_ALEN);
    __builtin_memcpy(arp->target, &sender, 4);
    __builtin_memcpy(arp->sender_mac, neighbour->mac, ETH_ALEN);
    __builtin_memcpy(arp->sender, &target, 4);
    __builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
    __builtin_memcpy(eth->h_source, neighbour->mac, ETH_ALEN);
    tally(ctx, ARP_ANSWERED);
    return XDP_TX;
}

static __always_inline int answer_solicitation(struct xdp_md *ctx, struct ethhdr *eth, struct ipv6hdr *ip, struct solicitation *message)
{
    struct in6_addr target = message->target;
    struct neighbour *neighbour;
    __u64 sum;

    if (ip->hop_limit != 255 || message->code || message->option != 1 || message->option_length != 1) {
        tally(ctx, BAD);
        return XDP_DROP;
    }
    neighbour = bpf_map_lookup_elem(&neighbours6, &target);
    if (!neighbour) {
        tally(ctx, UNKNOWN);
        return XDP_PASS;
    }
    neighbour->asked++;
    ip->daddr = ip->saddr;
    ip->saddr = target;
    __builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
    __builtin_memcpy(eth->h_source, neighbour->mac, ETH_ALEN);
    message->type = ADVERTISEMENT;
    message->flags = bpf_htonl(0x60000000); // solicited, override
    message->option = TARGET_OPTION;
    __builtin_memcpy(message->mac, neighbour->mac, ETH_ALEN);
    message->check = 0;
    sum = bpf_csum_diff(NULL, 0, (void *)&ip->saddr, 32, bpf_htonl(sizeof(*message)));
    sum = bpf_csum_diff(NULL, 0, (void *)message, sizeof(*message), sum + bpf_htonl(IPPROTO_ICMPV6));
    message->check = ~fold(sum);
    tally(ctx, ND_ANSWERED);
    return XDP_TX;
}

SEC("xdp")
int answer_neighbours(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);

    if (!eth)
        return XDP_DROP;
    if (eth->h_proto == bpf_htons(ETH_P_ARP)) {
        struct arp *arp = (void *)(eth + 1);

        if ((void *)(arp + 1) > end) {
            tally(ctx, BAD);
            return XDP_DROP;
        }
        return answer_arp(ctx, eth, arp);
    }
    if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);
        struct solicitation *message = (void *)(ip + 1);

        if ((void *)(message + 1) <= end && ip->nexthdr == IPPROTO_ICMPV6 && message->type == SOLICITATION)
            return answer_solicitation(ctx, eth, ip, message);
    }
    tally(ctx, OTHER);
    return XDP_PASS;
}

LICENSE("MIT");
