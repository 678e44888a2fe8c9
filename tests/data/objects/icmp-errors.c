// SPDX-License-Identifier: MIT
// Says why a packet goes no further (RFC 792, 4443): time exceeded where the TTL ends, unreachable for networks in a list. The packet is cut to
// what an error quotes, two headers are put in front of it; no errors about errors, fragments or to many at once, and not too many of them.
#include "protocols.h"

enum { UNREACHABLE = 3, EXCEEDED = 11, UNREACHABLE6 = 1, EXCEEDED6 = 3, PROHIBITED = 13, PROHIBITED6 = 1 };
enum { QUOTED = 28, QUOTED6 = 48, BURST = 40, REFILL = 4 };
enum { SENT_EXCEEDED, SENT_UNREACHABLE, FORWARDED, NOT_ABOUT_THAT, LIMITED, NO_ROOM, OTHER, REASONS };

struct error4 {
    struct iphdr ip;
    __u8 type;
    __u8 code;
    __u16 check;
    __be32 unused;
};

struct error6 {
    struct ipv6hdr ip;
    __u8 type;
    __u8 code;
    __u16 check;
    __be32 unused;
};

struct prefix {
    __u32 bits;
    __be32 address;
};

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 64);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix);
    __type(value, __u32);
} prohibited SEC(".maps");

struct limit {
    __u32 frames;
    __u32 tokens;
};

MAP(PERCPU_ARRAY, limits, __u32, struct limit, 1);
TALLIES(REASONS);

const volatile __be32 own_address = 0xfe00000a;
const volatile struct in6_addr own_address6 = { .in6_u = { .u6_addr32 = { 0xb80d0120, 0, 0, 0xfe000000 } } };

static __noinline int may_send(void)
{
    __u32 zero = 0;
    struct limit *limit = bpf_map_lookup_elem(&limits, &zero);

    if (!limit)
        return 0;
    if (!limit->frames)
        limit->tokens = BURST;
    limit->frames++;
    if (limit->frames % REFILL == 0 && limit->tokens < BURST)
        limit->tokens++;
    if (!limit->tokens)
        return 0;
    limit->tokens--;
    return 1;
}

// Cuts the packet and makes room before it; the Ethernet header turns round.
static __always_inline int make_room(struct xdp_md *ctx, __u32 quoted, __u32 headers)
{
    struct ethhdr *eth = ethernet_of(ctx), kept;
    __u32 length = frame_length(ctx);

    if (!eth)
        return -1;
    kept = *eth;
    if (length > sizeof(*eth) + quoted && bpf_xdp_adjust_tail(ctx, (int)(sizeof(*eth) + quoted) - (int)length))
        return -1;
    if (bpf_xdp_adjust_head(ctx, -(int)headers))
        return -1;
    eth = ethernet_of(ctx);
    if (!eth)
        return -1;
    __builtin_memcpy(eth->h_dest, kept.h_source, ETH_ALEN);
    __builtin_memcpy(eth->h_source, kept.h_dest, ETH_ALEN);
    eth->h_proto = kept.h_proto;
    return 0;
}

static __always_inline int send4(struct xdp_md *ctx, __be32 to, __u8 type, __u8 code)
{
    struct error4 *error;
    __u32 why = type == EXCEEDED ? SENT_EXCEEDED : SENT_UNREACHABLE;

    if (!may_send()) {
        tally(ctx, LIMITED);
        return XDP_DROP;
    }
    if (make_room(ctx, QUOTED, sizeof(*error))) {
        tally(ctx, NO_ROOM);
        return XDP_DROP;
    }
    error = frame_begin(ctx) + sizeof(struct ethhdr);
    if ((void *)(error + 1) + QUOTED > frame_end(ctx))
        return XDP_ABORTED;
    __builtin_memset(error, 0, sizeof(*error));
    error->ip.version = 4;
    error->ip.ihl = 5;
    error->ip.tos = 0xc0;
    error->ip.tot_len = bpf_htons(sizeof(*error) + QUOTED);
    error->ip.ttl = 64;
    error->ip.protocol = IPPROTO_ICMP;
    error->ip.saddr = own_address;
    error->ip.daddr = to;
    error->ip.check = ipv4_checksum(&error->ip);
    error->type = type;
    error->code = code;
    error->check = ~fold(bpf_csum_diff(NULL, 0, (void *)&error->type, 8 + QUOTED, 0));
    tally(ctx, why);
    return XDP_TX;
}

static __always_inline int send6(struct xdp_md *ctx, const struct in6_addr *to, __u8 type, __u8 code)
{
    struct in6_addr address = *to;
    struct error6 *error;
    __u32 sum;

    if (!may_send()) {
        tally(ctx, LIMITED);
        return XDP_DROP;
    }
    if (make_room(ctx, QUOTED6, sizeof(*error))) {
        tally(ctx, NO_ROOM);
        return XDP_DROP;
    }
    error = frame_begin(ctx) + sizeof(struct ethhdr);
    if ((void *)(error + 1) + QUOTED6 > frame_end(ctx))
        return XDP_ABORTED;
    __builtin_memset(error, 0, sizeof(*error));
    error->ip.version = 6;
    error->ip.payload_len = bpf_htons(8 + QUOTED6);
    error->ip.nexthdr = IPPROTO_ICMPV6;
    error->ip.hop_limit = 64;
    error->ip.saddr.s6_addr32[0] = own_address6.s6_addr32[0];
    error->ip.saddr.s6_addr32[3] = own_address6.s6_addr32[3];
    error->ip.daddr = address;
    error->type = type;
    error->code = code;
    sum = bpf_csum_diff(NULL, 0, (void *)&error->ip.saddr, 32, bpf_htonl(8 + QUOTED6));
    error->check = ~fold(bpf_csum_diff(NULL, 0, (void *)&error->type, 8 + QUOTED6, sum + bpf_htonl(IPPROTO_ICMPV6)));
    tally(ctx, type == EXCEEDED6 ? SENT_EXCEEDED : SENT_UNREACHABLE);
    return XDP_TX;
}

SEC("xdp")
int tell_errors(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);

    if (!eth)
        return XDP_DROP;
    if (ip) {
        struct prefix prefix = { 32, ip->daddr };
        __u8 *transport = (void *)(ip + 1);

        if ((void *)(transport + 8) > end) {
            tally(ctx, OTHER);
            return XDP_DROP;
        }
        // Only queries are worth an error, and only first fragments to one host.
        if ((ip->protocol == IPPROTO_ICMP && *transport != 8) || ip->frag_off & bpf_htons(IP_OFFSET) || (ip->daddr & bpf_htonl(0xf0000000)) == bpf_htonl(0xe0000000) || !ip->saddr) {
            tally(ctx, NOT_ABOUT_THAT);
            return XDP_PASS;
        }
        if (ip->ttl <= 1)
            return send4(ctx, ip->saddr, EXCEEDED, 0);
        if (bpf_map_lookup_elem(&prohibited, &prefix))
            return send4(ctx, ip->saddr, UNREACHABLE, PROHIBITED);
        decrease_ttl(ip);
        tally(ctx, FORWARDED);
        return XDP_PASS;
    }
    if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip6 = (void *)(eth + 1);

        if ((void *)(ip6 + 1) + 8 > end) {
            tally(ctx, OTHER);
            return XDP_DROP;
        }
        if (ip6->nexthdr == IPPROTO_ICMPV6 || ip6->daddr.s6_addr[0] == 0xff) {
            tally(ctx, NOT_ABOUT_THAT);
            return XDP_PASS;
        }
        if (ip6->hop_limit <= 1)
            return send6(ctx, &ip6->saddr, EXCEEDED6, 0);
        ip6->hop_limit--;
        tally(ctx, FORWARDED);
        return XDP_PASS;
    }
    tally(ctx, OTHER);
    return XDP_PASS;
}

LICENSE("MIT");
