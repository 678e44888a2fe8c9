// SPDX-License-Identifier: MIT
// A router in the shape of the kernel's xdp_fwd sample: fib_lookup decides, check_mtu asks once more, and the frame goes out by a devmap.
// Every answer is counted, and what the lookup wrote is recorded. Destinations that the captures do not have are asked for as well.
#include "object.h"

enum { AF_INET_FAMILY = 2, AF_INET6_FAMILY = 10, SUBNETS = 16, TABLE = 100 };

MAP(ARRAY, answers, __u32, __u64, 16);
MAP(DEVMAP, ports, __u32, __u32, 8);
RESULTS(12);

static __always_inline void count_answer(__u32 answer)
{
    __u64 *counter = bpf_map_lookup_elem(&answers, &answer);

    if (counter)
        ++*counter;
}

static __always_inline void record_lookup(__u32 slot, long answer, const struct bpf_fib_lookup *found)
{
    const __u64 *words = (const void *)found;
    __u64 mixed = answer;

    for (unsigned n = 0; n < sizeof(*found) / sizeof(*words); n++)
        mixed = mixed * 31 + words[n];
    record(slot, mixed);
}

// 10.N.0.9, where N follows from the frame.
static __always_inline void ask_elsewhere(struct xdp_md *ctx, __u32 n)
{
    struct bpf_fib_lookup lookup = { .family = AF_INET_FAMILY, .ifindex = ctx->ingress_ifindex };
    long answer;

    lookup.tot_len = frame_length(ctx) * 2;
    lookup.ipv4_dst = bpf_htonl(0x0a000009 + (n % SUBNETS << 16));
    answer = bpf_fib_lookup(ctx, &lookup, sizeof(lookup), 0);
    record_lookup(1, answer, &lookup);
    count_answer(answer);

    lookup.ifindex = ctx->ingress_ifindex;
    lookup.tot_len = 0;
    lookup.ipv4_dst = bpf_htonl(0x0a000009 + (n % SUBNETS << 16));
    lookup.tbid = TABLE;
    answer = bpf_fib_lookup(ctx, &lookup, sizeof(lookup), BPF_FIB_LOOKUP_DIRECT | (1u << 3));
    record_lookup(2, answer, &lookup);
    lookup.ifindex = 3;
    answer = bpf_fib_lookup(ctx, &lookup, sizeof(lookup), BPF_FIB_LOOKUP_OUTPUT | (1u << 2) | (1u << 4));
    record_lookup(3, answer, &lookup);
    record(4, bpf_fib_lookup(ctx, &lookup, sizeof(lookup), 1u << 31));
    record(5, bpf_fib_lookup(ctx, &lookup, sizeof(lookup) - 1, 0));
}

SEC("xdp")
int route(struct xdp_md *ctx)
{
    struct bpf_fib_lookup lookup = { .ifindex = ctx->ingress_ifindex };
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);
    struct iphdr *ip = (void *)(eth + 1);
    struct ipv6hdr *ip6 = (void *)(eth + 1);
    __u32 mtu = 0, length = 0;
    long answer;

    if (!eth)
        return XDP_DROP;
    ask_elsewhere(ctx, frame_length(ctx) + eth->h_source[5]);
    eth = ethernet_of(ctx);
    if (!eth)
        return XDP_DROP;
    if (eth->h_proto == bpf_htons(ETH_P_IP) && (void *)(ip + 1) <= end && ip->ttl > 1) {
        lookup.family = AF_INET_FAMILY;
        lookup.tos = ip->tos;
        lookup.l4_protocol = ip->protocol;
        lookup.tot_len = bpf_ntohs(ip->tot_len);
        lookup.ipv4_src = ip->saddr;
        lookup.ipv4_dst = ip->daddr;
        length = lookup.tot_len;
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6) && (void *)(ip6 + 1) <= end && ip6->hop_limit > 1) {
        lookup.family = AF_INET6_FAMILY;
        lookup.l4_protocol = ip6->nexthdr;
        lookup.tot_len = bpf_ntohs(ip6->payload_len);
        __builtin_memcpy(lookup.ipv6_src, &ip6->saddr, sizeof(lookup.ipv6_src));
        __builtin_memcpy(lookup.ipv6_dst, &ip6->daddr, sizeof(lookup.ipv6_dst));
        length = lookup.tot_len + sizeof(*ip6);
    } else {
        return XDP_PASS;
    }
    answer = bpf_fib_lookup(ctx, &lookup, sizeof(lookup), 0);
    record_lookup(6, answer, &lookup);
    record(7, answer);
    count_answer(answer);
    if (answer == BPF_FIB_LKUP_RET_BLACKHOLE || answer == BPF_FIB_LKUP_RET_UNREACHABLE || answer == BPF_FIB_LKUP_RET_PROHIBIT)
        return XDP_DROP;
    if (answer != BPF_FIB_LKUP_RET_SUCCESS)
        return XDP_PASS;

    mtu = length;
    record(8, bpf_check_mtu(ctx, lookup.ifindex, &mtu, 20, 0));
    record(9, mtu);
    mtu = 0;
    record(10, bpf_check_mtu(ctx, 0, &mtu, 0, 0));
    record(11, bpf_check_mtu(ctx, 4711, &mtu, 0, 0));
    if (lookup.family == AF_INET_FAMILY) {
        __u32 sum = ip->check + bpf_htons(0x0100);

        ip->check = sum + (sum >= 0xffff);
        ip->ttl--;
    } else {
        ip6->hop_limit--;
    }
    __builtin_memcpy(eth->h_dest, lookup.dmac, ETH_ALEN);
    __builtin_memcpy(eth->h_source, lookup.smac, ETH_ALEN);
    return bpf_redirect_map(&ports, lookup.ifindex, XDP_DROP);
}

LICENSE("GPL");
