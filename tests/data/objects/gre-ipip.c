// SPDX-License-Identifier: MIT
// The exit of plain IP tunnels: GRE with any of its optional fields (RFC 2784, 2890), IPv4 and IPv6 in IPv4, IPv4 in IPv6.
// The inner packet gets the outer Ethernet header; its type follows the inner protocol.
#include "protocols.h"

enum { GRE_CHECKSUM = 0x8000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000, GRE_VERSION = 7, TRANS_ETHER = 0x6558 };
enum { NOT_TUNNEL, IPIP, SIT, IP4_IN_6, GRE_IP, GRE_ETHER, GRE_OTHER, BAD_GRE, CUT, STALE, REASONS };

struct session {
    __u32 sequence;
    __u32 packets;
};

struct peer {
    __be32 address;
    __u32 key;
};

MAP(LRU_HASH, sessions, struct peer, struct session, 4096);
TALLIES(REASONS);

// Only newer sequence numbers pass, as RFC 2890 has it.
static __noinline int is_stale(__be32 address, __u32 key, __u32 sequence)
{
    struct peer peer = { address, key };
    struct session *session = bpf_map_lookup_elem(&sessions, &peer);

    if (!session) {
        struct session fresh = { sequence, 1 };

        bpf_map_update_elem(&sessions, &peer, &fresh, BPF_ANY);
        return 0;
    }
    session->packets++;
    if ((__s32)(sequence - session->sequence) <= 0)
        return 1;
    session->sequence = sequence;
    return 0;
}

// Takes off what lies between the Ethernet header and the inner packet.
static __always_inline int strip(struct xdp_md *ctx, __u32 length, __be16 type)
{
    struct ethhdr *eth = ethernet_of(ctx), kept;

    if (!eth)
        return -1;
    kept = *eth;
    kept.h_proto = type;
    if (bpf_xdp_adjust_head(ctx, length))
        return -1;
    eth = ethernet_of(ctx);
    if (!eth)
        return -1;
    *eth = kept;
    return 0;
}

static __always_inline int leave(struct xdp_md *ctx, __u32 length, __be16 type, __u32 reason)
{
    if (strip(ctx, length, type)) {
        tally(ctx, CUT);
        return XDP_DROP;
    }
    tally(ctx, reason);
    return XDP_PASS;
}

static __always_inline int leave_gre(struct xdp_md *ctx, struct iphdr *ip, void *end)
{
    __be16 *gre = (void *)(ip + 1);
    __be32 *field = (void *)(gre + 2);
    __u32 length = 4, key = 0, sequence = 0;
    __u16 flags, type;

    if ((void *)field > end) {
        tally(ctx, CUT);
        return XDP_DROP;
    }
    flags = bpf_ntohs(gre[0]);
    type = bpf_ntohs(gre[1]);
    if (flags & GRE_VERSION || flags & 0x0ff8) {
        tally(ctx, BAD_GRE);
        return XDP_DROP;
    }
    if (flags & GRE_CHECKSUM) {
        length += 4;
        field++;
    }
    if (flags & GRE_KEY) {
        if ((void *)(field + 1) > end)
            return XDP_DROP;
        key = bpf_ntohl(*field++);
        length += 4;
    }
    if (flags & GRE_SEQUENCE) {
        if ((void *)(field + 1) > end)
            return XDP_DROP;
        sequence = bpf_ntohl(*field);
        length += 4;
        if (is_stale(ip->saddr, key, sequence)) {
            tally(ctx, STALE);
            return XDP_DROP;
        }
    }
    if (type == TRANS_ETHER) {
        if (bpf_xdp_adjust_head(ctx, sizeof(struct ethhdr) + sizeof(struct iphdr) + length)) {
            tally(ctx, CUT);
            return XDP_DROP;
        }
        tally(ctx, GRE_ETHER);
        return XDP_PASS;
    }
    if (type != ETH_P_IP && type != ETH_P_IPV6) {
        tally(ctx, GRE_OTHER);
        return XDP_PASS;
    }
    return leave(ctx, sizeof(struct iphdr) + length, bpf_htons(type), GRE_IP);
}

SEC("xdp")
int tunnel_exit(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    void *end = frame_end(ctx);
    struct iphdr *ip = ipv4_of(ctx);

    if (!eth)
        return XDP_ABORTED;
    if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip6 = (void *)(eth + 1);

        if ((void *)(ip6 + 1) <= end && ip6->nexthdr == IPPROTO_IPIP)
            return leave(ctx, sizeof(*ip6), bpf_htons(ETH_P_IP), IP4_IN_6);
    }
    if (ip) {
        switch (ip->protocol) {
        case IPPROTO_IPIP: return leave(ctx, sizeof(*ip), bpf_htons(ETH_P_IP), IPIP);
        case IPPROTO_IPV6: return leave(ctx, sizeof(*ip), bpf_htons(ETH_P_IPV6), SIT);
        case IPPROTO_GRE:  return leave_gre(ctx, ip, end);
        }
    }
    tally(ctx, NOT_TUNNEL);
    return XDP_PASS;
}

LICENSE("MIT");
