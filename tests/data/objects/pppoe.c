// SPDX-License-Identifier: MIT
// A broadband gateway: PPPoE sessions (RFC 2516) in customers' VLANs are taken apart, IP towards a customer gets tag, session and PPP header.
#include "protocols.h"

enum { PPPOE_SESSION = 0x8864, PPPOE_DISCOVERY = 0x8863, PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_LCP = 0xc021 };
enum { UPSTREAM, DOWNSTREAM, DISCOVERY, CONTROL, NO_SESSION, SPOOFED, BAD, OTHER, REASONS };

struct pppoehdr {
    __u8 version_type;
    __u8 code;
    __be16 session;
    __be16 length;
    __be16 protocol;
} __attribute__((packed));

struct line {
    __u16 tag;
    __u16 session;
};

struct customer {
    __be32 address;
    struct line line;
    __u8 mac[ETH_ALEN];
    __u16 padding;
    __u64 up;
    __u64 down;
};

struct wrapping {
    struct ethhdr eth;
    struct vlan_tag tag;
    struct pppoehdr pppoe;
} __attribute__((packed));

MAP(HASH, by_line, struct line, struct customer, 512);
MAP(HASH, by_address, __be32, struct line, 512);
TALLIES(REASONS);

static __always_inline int upstream(struct xdp_md *ctx, struct wrapping *in, void *end)
{
    struct line line = { bpf_ntohs(in->tag.tci) & 0xfff, bpf_ntohs(in->pppoe.session) };
    struct customer *customer = bpf_map_lookup_elem(&by_line, &line);
    struct ethhdr kept = in->eth, *eth;

    if (in->pppoe.version_type != 0x11 || in->pppoe.code) {
        tally(ctx, BAD);
        return XDP_DROP;
    }
    if (!customer) {
        tally(ctx, NO_SESSION);
        return XDP_DROP;
    }
    switch (bpf_ntohs(in->pppoe.protocol)) {
    case PPP_IPV4: {
        struct iphdr *ip = (void *)(in + 1);

        if ((void *)(ip + 1) > end) {
            tally(ctx, BAD);
            return XDP_DROP;
        }
        if (ip->saddr != customer->address) {
            tally(ctx, SPOOFED);
            return XDP_DROP;
        }
        kept.h_proto = bpf_htons(ETH_P_IP);
        break;
    }
    case PPP_IPV6:
        kept.h_proto = bpf_htons(ETH_P_IPV6);
        break;
    case PPP_LCP:
        tally(ctx, CONTROL);
        return XDP_PASS;
    default:
        tally(ctx, BAD);
        return XDP_DROP;
    }
    __builtin_memcpy(customer->mac, kept.h_source, ETH_ALEN);
    customer->up++;
    if (bpf_xdp_adjust_head(ctx, sizeof(*in) - sizeof(kept)))
        return XDP_ABORTED;
    eth = ethernet_of(ctx);
    if (!eth)
        return XDP_ABORTED;
    *eth = kept;
    tally(ctx, UPSTREAM);
    return XDP_PASS;
}

static __always_inline int downstream(struct xdp_md *ctx, struct line line, __u16 length)
{
    struct customer *customer = bpf_map_lookup_elem(&by_line, &line);
    struct wrapping *out;
    __u8 source[ETH_ALEN];
    struct ethhdr *eth = ethernet_of(ctx);

    if (!customer || !eth)
        return XDP_DROP;
    __builtin_memcpy(source, eth->h_dest, ETH_ALEN);
    customer->down++;
    if (bpf_xdp_adjust_head(ctx, -(int)(sizeof(*out) - sizeof(*eth))))
        return XDP_ABORTED;
    out = frame_begin(ctx);
    if ((void *)(out + 1) > frame_end(ctx))
        return XDP_ABORTED;
    __builtin_memcpy(out->eth.h_dest, customer->mac, ETH_ALEN);
    __builtin_memcpy(out->eth.h_source, source, ETH_ALEN);
    out->eth.h_proto = bpf_htons(ETH_P_8021Q);
    out->tag.tci = bpf_htons(line.tag);
    out->tag.type = bpf_htons(PPPOE_SESSION);
    out->pppoe.version_type = 0x11;
    out->pppoe.code = 0;
    out->pppoe.session = bpf_htons(line.session);
    out->pppoe.length = bpf_htons(length + 2);
    out->pppoe.protocol = bpf_htons(PPP_IPV4);
    tally(ctx, DOWNSTREAM);
    return XDP_TX;
}

SEC("xdp")
int gateway(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct wrapping *in = frame_begin(ctx);
    struct iphdr *ip = ipv4_of(ctx);

    if (ip) {
        __be32 destination = ip->daddr;
        struct line *line = bpf_map_lookup_elem(&by_address, &destination);

        if (line)
            return downstream(ctx, *line, bpf_ntohs(ip->tot_len));
    }
    if ((void *)(in + 1) > end || in->eth.h_proto != bpf_htons(ETH_P_8021Q)) {
        tally(ctx, OTHER);
        return XDP_PASS;
    }
    if (in->tag.type == bpf_htons(PPPOE_DISCOVERY)) {
        tally(ctx, DISCOVERY);
        return XDP_PASS;
    }
    if (in->tag.type == bpf_htons(PPPOE_SESSION))
        return upstream(ctx, in, end);
    tally(ctx, OTHER);
    return XDP_PASS;
}

LICENSE("MIT");
