// SPDX-License-Identifier: Dual MIT/GPL
// SYN cookies for headers: which segment size a cookie stands for, by how much two of them differ, that its ACK is taken, and that nothing near it is. No cookie
// itself is recorded, since it hangs on a secret.
#include "object.h"

enum { CELLS = 8, MAX_HEADER = 60 };

RESULTS(2 * CELLS);

struct segment {
    struct ipv6hdr ip6;
    struct iphdr ip;
    union {
        struct tcphdr tcp;
        __u8 bytes[MAX_HEADER];
    };
};

static __always_inline long generate(struct segment *segment, int is_ipv6, __u32 length)
{
    return is_ipv6 ? bpf_tcp_raw_gen_syncookie_ipv6(&segment->ip6, &segment->tcp, length) : bpf_tcp_raw_gen_syncookie_ipv4(&segment->ip, &segment->tcp, length);
}

static __always_inline long check(struct segment *segment, int is_ipv6)
{
    return is_ipv6 ? bpf_tcp_raw_check_syncookie_ipv6(&segment->ip6, &segment->tcp) : bpf_tcp_raw_check_syncookie_ipv4(&segment->ip, &segment->tcp);
}

static __always_inline int try_segment(struct xdp_md *ctx, struct segment *segment, __u32 at, int is_ipv6)
{
    __u32 base = is_ipv6 ? CELLS : 0, length;
    long answer, other;

    if (bpf_xdp_load_bytes(ctx, at, &segment->tcp, sizeof(segment->tcp)))
        return XDP_PASS;
    record(base + 0, check(segment, is_ipv6));
    length = segment->tcp.doff * 4;
    opaque(length);
    length &= 0x3c;
    if (length < sizeof(segment->tcp)) {
        record(base + 1, generate(segment, is_ipv6, sizeof(segment->tcp)));
        return XDP_DROP;
    }
    record(base + 2, generate(segment, is_ipv6, sizeof(segment->tcp) - 1));
    if (bpf_xdp_load_bytes(ctx, at, segment->bytes, length))
        return XDP_PASS;
    answer = generate(segment, is_ipv6, length);
    if (answer < 0)
        return XDP_ABORTED;
    record(base + 1, answer >> 32);

    segment->tcp.seq = bpf_htonl(bpf_ntohl(segment->tcp.seq) + 7);
    other = generate(segment, is_ipv6, length);
    record(base + 3, (__u32)(other - answer));

    // The client's ACK of the first one.
    segment->tcp.seq = bpf_htonl(bpf_ntohl(segment->tcp.seq) - 6);
    segment->tcp.ack_seq = bpf_htonl((__u32)answer + 1);
    record(base + 4, check(segment, is_ipv6));
    segment->tcp.ack_seq = bpf_htonl((__u32)answer + 2);
    record(base + 5, check(segment, is_ipv6));
    segment->tcp.ack_seq = bpf_htonl((__u32)answer + 1 - (1 << 24));
    record(base + 6, check(segment, is_ipv6));
    segment->tcp.ack_seq = bpf_htonl((__u32)answer + 1);
    segment->tcp.source ^= bpf_htons(1);
    record(base + 7, check(segment, is_ipv6));
    return segment->tcp.syn ? XDP_TX : XDP_PASS;
}

SEC("xdp")
int prove_cookies(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct segment segment = {};
    __u32 at = sizeof(*eth);

    if (!eth)
        return XDP_DROP;
    if (ipv4_of(ctx)) {
        if (bpf_xdp_load_bytes(ctx, at, &segment.ip, sizeof(segment.ip)) || segment.ip.protocol != IPPROTO_TCP)
            return XDP_PASS;
        return try_segment(ctx, &segment, at + sizeof(segment.ip), 0);
    }
    if (eth->h_proto != bpf_htons(ETH_P_IPV6) || bpf_xdp_load_bytes(ctx, at, &segment.ip6, sizeof(segment.ip6)) || segment.ip6.nexthdr != IPPROTO_TCP)
        return XDP_PASS;
    return try_segment(ctx, &segment, at + sizeof(segment.ip6), 1);
}

LICENSE("Dual MIT/GPL");
