// SPDX-License-Identifier: Dual MIT/GPL
// A listening socket's SYN cookies: what a SYN would be answered with, that its ACK is taken, and ACKs that nobody was given a cookie for are dropped. No cookie
// itself is recorded, since it hangs on a secret.
#include "object.h"

enum { CELLS = 6, MAX_HEADER = 60 };

RESULTS(2 * CELLS + 1);

struct segment {
    struct ipv6hdr ip6;
    struct iphdr ip;
    union {
        struct tcphdr tcp;
        __u8 bytes[MAX_HEADER];
    };
};

static __always_inline int answer_segment(struct xdp_md *ctx, struct bpf_sock *sk, struct segment *segment, __u32 at, int is_ipv6)
{
    void *ip = is_ipv6 ? (void *)&segment->ip6 : (void *)&segment->ip;
    __u32 ip_size = is_ipv6 ? sizeof(segment->ip6) : sizeof(segment->ip), base = is_ipv6 ? CELLS : 0, length;
    long answer;

    record(base + 0, sk->state);
    length = segment->tcp.doff * 4;
    opaque(length);
    length &= 0x3c;
    if (length < sizeof(segment->tcp) || bpf_xdp_load_bytes(ctx, at, segment->bytes, length))
        return XDP_DROP;
    answer = bpf_tcp_gen_syncookie(sk, ip, ip_size, &segment->tcp, length);
    record(base + 1, answer < 0 ? answer : answer >> 32);
    if (answer < 0) {
        answer = bpf_tcp_check_syncookie(sk, ip, ip_size, &segment->tcp, sizeof(segment->tcp));
        record(base + 2, answer);
        return answer ? XDP_DROP : XDP_PASS;
    }
    segment->tcp.seq = bpf_htonl(bpf_ntohl(segment->tcp.seq) + 1);
    segment->tcp.ack_seq = bpf_htonl((__u32)answer + 1);
    segment->tcp.ack = 1;
    segment->tcp.syn = 0;
    record(base + 3, bpf_tcp_check_syncookie(sk, ip, ip_size, &segment->tcp, length));
    segment->tcp.dest ^= bpf_htons(0x100);
    record(base + 4, bpf_tcp_check_syncookie(sk, ip, ip_size, &segment->tcp, length));
    segment->tcp.syn = 1;
    record(base + 5, bpf_tcp_check_syncookie(sk, ip, ip_size, &segment->tcp, length));
    return XDP_TX;
}

static __always_inline int judge(struct xdp_md *ctx, struct bpf_sock_tuple *tuple, __u32 size, struct segment *segment, __u32 at, int is_ipv6)
{
    struct bpf_sock *sk = bpf_skc_lookup_tcp(ctx, tuple, size, BPF_F_CURRENT_NETNS, 0);
    int verdict;

    if (!sk) {
        count(2 * CELLS);
        return XDP_DROP;
    }
    verdict = answer_segment(ctx, sk, segment, at, is_ipv6);
    bpf_sk_release(sk);
    return verdict;
}

SEC("xdp")
int answer_syn(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct bpf_sock_tuple tuple = {};
    struct segment segment = {};
    __u32 at = sizeof(*eth);

    if (!eth)
        return XDP_DROP;
    if (ipv4_of(ctx)) {
        if (bpf_xdp_load_bytes(ctx, at, &segment.ip, sizeof(segment.ip)) || segment.ip.protocol != IPPROTO_TCP)
            return XDP_PASS;
        at += sizeof(segment.ip);
        if (bpf_xdp_load_bytes(ctx, at, &segment.tcp, sizeof(segment.tcp)))
            return XDP_PASS;
        tuple.ipv4.saddr = segment.ip.saddr;
        tuple.ipv4.daddr = segment.ip.daddr;
        tuple.ipv4.sport = segment.tcp.source;
        tuple.ipv4.dport = segment.tcp.dest;
        return judge(ctx, &tuple, sizeof(tuple.ipv4), &segment, at, 0);
    }
    if (eth->h_proto != bpf_htons(ETH_P_IPV6) || bpf_xdp_load_bytes(ctx, at, &segment.ip6, sizeof(segment.ip6)) || segment.ip6.nexthdr != IPPROTO_TCP)
        return XDP_PASS;
    at += sizeof(segment.ip6);
    if (bpf_xdp_load_bytes(ctx, at, &segment.tcp, sizeof(segment.tcp)))
        return XDP_PASS;
    __builtin_memcpy(tuple.ipv6.saddr, &segment.ip6.saddr, sizeof(tuple.ipv6.saddr));
    __builtin_memcpy(tuple.ipv6.daddr, &segment.ip6.daddr, sizeof(tuple.ipv6.daddr));
    tuple.ipv6.sport = segment.tcp.source;
    tuple.ipv6.dport = segment.tcp.dest;
    return judge(ctx, &tuple, sizeof(tuple.ipv6), &segment, at, 1);
}

LICENSE("Dual MIT/GPL");
