// SPDX-License-Identifier: MIT
// The user plane of a mobile network (3GPP TS 29.281): GTP-U from base stations is unwrapped by tunnel number behind any extension headers,
// packets to subscribers are wrapped, an echo request is answered in place.
#include "protocols.h"

enum { GTP_PORT = 2152, ECHO_REQUEST = 1, ECHO_RESPONSE = 2, ERROR_INDICATION = 26, G_PDU = 255 };
enum { HAS_NPDU = 1, HAS_SEQUENCE = 2, HAS_EXTENSION = 4 };
enum { UPLINK, DOWNLINK, ECHO, UNKNOWN_TUNNEL, BAD_HEADER, OVER_QUOTA, OTHER, REASONS };

struct gtphdr {
    __u8 flags;
    __u8 type;
    __be16 length;
    __be32 tunnel;
};

struct bearer {
    __be32 subscriber;
    __be32 station;
    __u32 station_tunnel;
    __u32 quota;
    __u64 bytes;
};

struct wrapping {
    struct iphdr ip;
    struct udphdr udp;
    struct gtphdr gtp;
} __attribute__((packed));

MAP(HASH, bearers, __u32, struct bearer, 1024);
MAP(HASH, subscribers, __be32, __u32, 1024);
TALLIES(REASONS);

const volatile __be32 own_address = 0x010012c6;
const volatile __u32 max_extensions = 4;

static __noinline int charge(struct bearer *bearer, __u32 bytes)
{
    if (!bearer)
        return -1;
    if (bearer->quota && bearer->bytes + bytes > bearer->quota)
        return -1;
    bearer->bytes += bytes;
    return 0;
}

static __always_inline int from_station(struct xdp_md *ctx, struct iphdr *ip, struct gtphdr *gtp, void *end)
{
    __u32 tunnel = bpf_ntohl(gtp->tunnel), length = sizeof(*gtp), i;
    struct bearer *bearer;
    struct ethhdr kept, *eth;
    __u8 *at = (void *)(gtp + 1), next = 0;

    if (gtp->flags & (HAS_NPDU | HAS_SEQUENCE | HAS_EXTENSION)) {
        if ((void *)(at + 4) > end)
            goto bad;
        next = gtp->flags & HAS_EXTENSION ? at[3] : 0;
        length += 4;
        at += 4;
    }
    for (i = 0; i < 4 && next && i < max_extensions; i++) {
        __u32 bytes;

        if ((void *)(at + 1) > end)
            goto bad;
        bytes = at[0] * 4;
        if (!bytes || bytes > 64)
            goto bad;
        length += bytes;
        at += bytes;
        if ((void *)at > end)
            goto bad;
        next = at[-1];
    }
    if (next || (void *)(at + 20) > end)
        goto bad;
    bearer = bpf_map_lookup_elem(&bearers, &tunnel);
    if (!bearer) {
        tally(ctx, UNKNOWN_TUNNEL);
        return XDP_DROP;
    }
    bearer->station = ip->saddr;
    if (charge(bearer, frame_length(ctx))) {
        tally(ctx, OVER_QUOTA);
        return XDP_DROP;
    }
    eth = ethernet_of(ctx);
    if (!eth)
        return XDP_ABORTED;
    kept = *eth;
    kept.h_proto = at[0] >> 4 == 6 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
    if (bpf_xdp_adjust_head(ctx, sizeof(*ip) + sizeof(struct udphdr) + length))
        return XDP_DROP;
    eth = ethernet_of(ctx);
    if (!eth)
        return XDP_ABORTED;
    *eth = kept;
    tally(ctx, UPLINK);
    return XDP_PASS;
bad:
    tally(ctx, BAD_HEADER);
    return XDP_DROP;
}

static __always_inline int answer_echo(struct xdp_md *ctx, struct iphdr *ip, struct udphdr *udp, struct gtphdr *gtp)
{
    struct ethhdr *eth = ethernet_of(ctx);
    __be32 address = ip->saddr;
    __be16 port = udp->source;

    if (!eth)
        return XDP_ABORTED;
    swap_macs(eth);
    ip->saddr = ip->daddr;
    ip->daddr = address;
    udp->source = udp->dest;
    udp->dest = port;
    udp->check = 0;
    gtp->type = ECHO_RESPONSE;
    tally(ctx, ECHO);
    return XDP_TX;
}

static __always_inline int to_station(struct xdp_md *ctx, __u32 tunnel)
{
    struct bearer *bearer = bpf_map_lookup_elem(&bearers, &tunnel);
    __u16 length = frame_length(ctx) - sizeof(struct ethhdr);
    struct ethhdr kept, *eth = ethernet_of(ctx);
    struct wrapping *outer;

    if (!bearer || !eth || charge(bearer, length)) {
        tally(ctx, OVER_QUOTA);
        return XDP_DROP;
    }
    kept = *eth;
    if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*outer)))
        return XDP_ABORTED;
    eth = ethernet_of(ctx);
    if (!eth)
        return XDP_ABORTED;
    *eth = kept;
    outer = (void *)(eth + 1);
    if ((void *)(outer + 1) > frame_end(ctx))
        return XDP_ABORTED;
    __builtin_memset(outer, 0, sizeof(*outer));
    outer->gtp.flags = 0x30;
    outer->gtp.type = G_PDU;
    outer->gtp.length = bpf_htons(length);
    outer->gtp.tunnel = bpf_htonl(bearer->station_tunnel);
    outer->udp.source = outer->udp.dest = bpf_htons(GTP_PORT);
    outer->udp.len = bpf_htons(length + sizeof(outer->gtp) + sizeof(outer->udp));
    outer->ip.version = 4;
    outer->ip.ihl = 5;
    outer->ip.ttl = 255;
    outer->ip.protocol = IPPROTO_UDP;
    outer->ip.tot_len = bpf_htons(length + sizeof(*outer));
    outer->ip.saddr = own_address;
    outer->ip.daddr = bearer->station;
    outer->ip.check = ipv4_checksum(&outer->ip);
    tally(ctx, DOWNLINK);
    return XDP_TX;
}

SEC("xdp")
int user_plane(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);
    __be32 destination;
    __u32 *tunnel;

    if (!ip) {
        tally(ctx, OTHER);
        return XDP_PASS;
    }
    if (ip->protocol == IPPROTO_UDP) {
        struct udphdr *udp = (void *)(ip + 1);
        struct gtphdr *gtp = (void *)(udp + 1);

        if ((void *)(gtp + 1) <= end && udp->dest == bpf_htons(GTP_PORT)) {
            if (gtp->flags >> 5 != 1 || !(gtp->flags & 0x10)) {
                tally(ctx, BAD_HEADER);
                return XDP_DROP;
            }
            if (gtp->type == G_PDU)
                return from_station(ctx, ip, gtp, end);
            if (gtp->type == ECHO_REQUEST)
                return answer_echo(ctx, ip, udp, gtp);
            tally(ctx, OTHER);
            return XDP_PASS;
        }
    }
    destination = ip->daddr;
    tunnel = bpf_map_lookup_elem(&subscribers, &destination);
    if (tunnel)
        return to_station(ctx, *tunnel);
    tally(ctx, OTHER);
    return XDP_PASS;
}

LICENSE("MIT");
