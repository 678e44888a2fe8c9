// SPDX-License-Identifier: MIT
// Turns down connections at the card: a segment to a closed port becomes the RST that a host would send (RFC 9293, 3.10.7.1), in the same frame,
// over both IP versions; data behind the header is trimmed.
#include "protocols.h"

enum { RESET_SENT, OPEN_PORT, WAS_RESET, CUT, NOT_TCP, REASONS };

MAP(HASH, open_ports, __be16, __u64, 64);
TALLIES(REASONS);

struct pseudo6 {
    struct in6_addr source;
    struct in6_addr destination;
    __be32 length;
    __be32 next;
};

// Sequence and acknowledgement as the RFC has them, options gone.
static __always_inline void make_reset(struct tcphdr *tcp, __u32 occupied)
{
    __be16 port = tcp->source;
    __be32 sequence = tcp->seq, acknowledged = tcp->ack_seq;
    __u32 had_ack = tcp->ack, extra = tcp->syn + tcp->fin;

    tcp->source = tcp->dest;
    tcp->dest = port;
    if (had_ack) {
        tcp->seq = acknowledged;
        tcp->ack_seq = 0;
    } else {
        tcp->seq = 0;
        tcp->ack_seq = bpf_htonl(bpf_ntohl(sequence) + occupied + extra);
    }
    ((__u8 *)tcp)[12] = sizeof(*tcp) / 4 << 4;
    ((__u8 *)tcp)[13] = had_ack ? 0x04 : 0x14;
    tcp->window = 0;
    tcp->check = 0;
    tcp->urg_ptr = 0;
}

static __always_inline int is_open(struct xdp_md *ctx, struct tcphdr *tcp)
{
    __be16 port = tcp->dest;
    __u64 *hits = bpf_map_lookup_elem(&open_ports, &port);

    if (hits) {
        *hits += 1;
        tally(ctx, OPEN_PORT);
        return 1;
    }
    // Never an answer to a reset.
    if (tcp->rst) {
        tally(ctx, WAS_RESET);
        return 1;
    }
    return 0;
}

static __always_inline int reset4(struct xdp_md *ctx, struct iphdr *ip, void *end)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct tcphdr *tcp = (void *)(ip + 1);
    __be32 address, pseudo[3];
    __u32 occupied;

    if (!eth || (void *)(tcp + 1) > end) {
        tally(ctx, CUT);
        return XDP_DROP;
    }
    if (is_open(ctx, tcp))
        return XDP_PASS;
    occupied = bpf_ntohs(ip->tot_len) - sizeof(*ip) - tcp->doff * 4;
    make_reset(tcp, occupied & 0xffff);
    swap_macs(eth);
    address = ip->saddr;
    ip->saddr = ip->daddr;
    ip->daddr = address;
    ip->tot_len = bpf_htons(sizeof(*ip) + sizeof(*tcp));
    ip->ttl = 64;
    ip->check = 0;
    ip->check = ipv4_checksum(ip);
    pseudo[0] = ip->saddr;
    pseudo[1] = ip->daddr;
    pseudo[2] = bpf_htonl(IPPROTO_TCP << 16 | sizeof(*tcp));
    tcp->check = ~fold(bpf_csum_diff(NULL, 0, (void *)tcp, sizeof(*tcp), bpf_csum_diff(NULL, 0, pseudo, sizeof(pseudo), 0)));
    bpf_xdp_adjust_tail(ctx, (int)(sizeof(*eth) + sizeof(*ip) + sizeof(*tcp)) - (int)frame_length(ctx));
    tally(ctx, RESET_SENT);
    return XDP_TX;
}

static __always_inline int reset6(struct xdp_md *ctx, struct ipv6hdr *ip, void *end)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct tcphdr *tcp = (void *)(ip + 1);
    struct pseudo6 pseudo = {};
    __u32 occupied;

    if (!eth || (void *)(tcp + 1) > end) {
        tally(ctx, CUT);
        return XDP_DROP;
    }
    if (is_open(ctx, tcp))
        return XDP_PASS;
    occupied = bpf_ntohs(ip->payload_len) - tcp->doff * 4;
    make_reset(tcp, occupied & 0xffff);
    swap_macs(eth);
    pseudo.source = ip->daddr;
    pseudo.destination = ip->saddr;
    pseudo.length = bpf_htonl(sizeof(*tcp));
    pseudo.next = bpf_htonl(IPPROTO_TCP);
    ip->saddr = pseudo.source;
    ip->daddr = pseudo.destination;
    ip->payload_len = bpf_htons(sizeof(*tcp));
    ip->hop_limit = 64;
    tcp->check = ~fold(bpf_csum_diff(NULL, 0, (void *)tcp, sizeof(*tcp), bpf_csum_diff(NULL, 0, (void *)&pseudo, sizeof(pseudo), 0)));
    bpf_xdp_adjust_tail(ctx, (int)(sizeof(*eth) + sizeof(*ip) + sizeof(*tcp)) - (int)frame_length(ctx));
    tally(ctx, RESET_SENT);
    return XDP_TX;
}

SEC("xdp")
int refuse_connections(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);

    if (!eth)
        return XDP_DROP;
    if (ip && ip->protocol == IPPROTO_TCP && !(ip->frag_off & bpf_htons(IP_MF | IP_OFFSET)))
        return reset4(ctx, ip, end);
    if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip6 = (void *)(eth + 1);

        if ((void *)(ip6 + 1) <= end && ip6->nexthdr == IPPROTO_TCP)
            return reset6(ctx, ip6, end);
    }
    tally(ctx, NOT_TCP);
    return XDP_PASS;
}

LICENSE("MIT");
