// SPDX-License-Identifier: MIT
// Only what the host has a socket for gets through: a connection, or a SYN to a listener, or a datagram to an open port; and nothing to a socket that is marked
// as drained. What is found is recorded field by field; so is what lookups answer that must find nothing.
#include "object.h"

enum { DRAINED = 77, FRAGMENT = 0x3fff };

RESULTS(12);

static __always_inline void record_socket(__u32 slot, const struct bpf_sock *sk)
{
    __u64 mixed = sk->family;

    mixed = mixed * 31 + sk->bound_dev_if;
    mixed = mixed * 31 + sk->type;
    mixed = mixed * 31 + sk->protocol;
    mixed = mixed * 31 + sk->mark;
    mixed = mixed * 31 + sk->priority;
    mixed = mixed * 31 + sk->src_ip4;
    mixed = mixed * 31 + sk->dst_ip4;
    mixed = mixed * 31 + sk->src_ip6[0];
    mixed = mixed * 31 + sk->src_ip6[3];
    mixed = mixed * 31 + sk->dst_ip6[2];
    mixed = mixed * 31 + sk->dst_ip6[3];
    mixed = mixed * 31 + sk->src_port;
    mixed = mixed * 31 + sk->dst_port;
    mixed = mixed * 31 + sk->state;
    mixed = mixed * 31 + sk->rx_queue_mapping;
    record(slot, mixed);
}

static __always_inline void record_nothing(__u32 slot, struct bpf_sock *sk)
{
    record(slot, sk != NULL);
    if (sk)
        bpf_sk_release(sk);
}

static __always_inline int judge_tcp(struct xdp_md *ctx, struct bpf_sock_tuple *tuple, __u32 size, int is_syn)
{
    struct bpf_sock *sk = bpf_skc_lookup_tcp(ctx, tuple, size, BPF_F_CURRENT_NETNS, 0);
    __u32 state, mark;

    if (!sk) {
        count(0);
        return XDP_DROP;
    }
    state = sk->state;
    record(1, state + sk->src_port + sk->family);
    bpf_sk_release(sk);
    if (state == BPF_TCP_LISTEN && !is_syn) {
        count(2);
        return XDP_DROP;
    }

    sk = bpf_sk_lookup_tcp(ctx, tuple, size, BPF_F_CURRENT_NETNS, 0);
    if (!sk)
        return XDP_ABORTED;
    record_socket(3, sk);
    mark = sk->mark;
    bpf_sk_release(sk);
    return mark == DRAINED ? XDP_DROP : XDP_PASS;
}

static __always_inline int judge_udp(struct xdp_md *ctx, struct bpf_sock_tuple *tuple, __u32 size)
{
    struct bpf_sock *sk = bpf_sk_lookup_udp(ctx, tuple, size, BPF_F_CURRENT_NETNS, 0);
    __u32 mark;

    if (!sk) {
        count(4);
        return XDP_DROP;
    }
    record_socket(5, sk);
    mark = sk->mark;
    bpf_sk_release(sk);
    return mark == DRAINED ? XDP_DROP : XDP_PASS;
}

// A TCP header, or as much of one as a UDP header is; zero if there is neither.
static __always_inline int read_ports(struct xdp_md *ctx, __u32 at, __u32 protocol, struct tcphdr *tcp)
{
    if (protocol == IPPROTO_TCP)
        return !bpf_xdp_load_bytes(ctx, at, tcp, sizeof(*tcp));
    return protocol == IPPROTO_UDP && !bpf_xdp_load_bytes(ctx, at, tcp, sizeof(struct udphdr));
}

static __always_inline int judge(struct xdp_md *ctx, struct bpf_sock_tuple *tuple, __u32 size, __u32 protocol, int is_syn)
{
    record_nothing(6, bpf_sk_lookup_tcp(ctx, tuple, size, BPF_F_CURRENT_NETNS, 1));
    record_nothing(7, bpf_sk_lookup_tcp(ctx, tuple, size - 1, BPF_F_CURRENT_NETNS, 0));
    record_nothing(8, bpf_sk_lookup_udp(ctx, tuple, size, 0, 0));
    record_nothing(9, bpf_skc_lookup_tcp(ctx, tuple, 0, BPF_F_CURRENT_NETNS, 0));
    return protocol == IPPROTO_TCP ? judge_tcp(ctx, tuple, size, is_syn) : judge_udp(ctx, tuple, size);
}

SEC("xdp")
int only_sockets(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct bpf_sock_tuple tuple = {};
    struct tcphdr tcp = {};
    struct ipv6hdr ip6;
    struct iphdr ip;
    int is_syn;

    if (!eth)
        return XDP_DROP;
    if (ipv4_of(ctx)) {
        if (bpf_xdp_load_bytes(ctx, sizeof(*eth), &ip, sizeof(ip)) || ip.frag_off & bpf_htons(FRAGMENT))
            return XDP_PASS;
        if (!read_ports(ctx, sizeof(*eth) + sizeof(ip), ip.protocol, &tcp))
            return XDP_PASS;
        is_syn = tcp.syn && !tcp.ack;
        tuple.ipv4.saddr = ip.saddr;
        tuple.ipv4.daddr = ip.daddr;
        tuple.ipv4.sport = tcp.source;
        tuple.ipv4.dport = tcp.dest;
        return judge(ctx, &tuple, sizeof(tuple.ipv4), ip.protocol, is_syn);
    }
    if (eth->h_proto != bpf_htons(ETH_P_IPV6) || bpf_xdp_load_bytes(ctx, sizeof(*eth), &ip6, sizeof(ip6)))
        return XDP_PASS;
    if (!read_ports(ctx, sizeof(*eth) + sizeof(ip6), ip6.nexthdr, &tcp))
        return XDP_PASS;
    is_syn = tcp.syn && !tcp.ack;
    __builtin_memcpy(tuple.ipv6.saddr, &ip6.saddr, sizeof(tuple.ipv6.saddr));
    __builtin_memcpy(tuple.ipv6.daddr, &ip6.daddr, sizeof(tuple.ipv6.daddr));
    tuple.ipv6.sport = tcp.source;
    tuple.ipv6.dport = tcp.dest;
    return judge(ctx, &tuple, sizeof(tuple.ipv6), ip6.nexthdr, is_syn);
}

LICENSE("MIT");
