// SPDX-License-Identifier: MIT
// What a card's checksum engine does, in software: IPv4 headers of any length, TCP, UDP and ICMP over both IP versions, up to 1,500 bytes summed word by
// word, an odd byte at the end. Wrong ones are dropped and kept count of by source.
#include "protocols.h"

enum { WORDS = 740 };
enum { GOOD, BAD_HEADER, BAD_TRANSPORT, NO_CHECKSUM, FRAGMENT, CUT, TOO_LONG, UNKNOWN, NOT_IP, REASONS };

MAP(LRU_HASH, offenders, __be32, __u32, 4096);
TALLIES(REASONS);
RESULTS(1);

static __always_inline int offend(__be32 source, int why)
{
    __u32 *count = bpf_map_lookup_elem(&offenders, &source), one = 1;

    if (count)
        *count += 1;
    else
        bpf_map_update_elem(&offenders, &source, &one, BPF_ANY);
    return why;
}

// The sum of up to WORDS words and a byte; -1 if they are not all there.
static __noinline __s64 sum_of(struct xdp_md *ctx, __u32 offset, __u32 length)
{
    void *end = frame_end(ctx);
    __u16 *at = frame_begin(ctx) + (offset & 0x7f);
    __u64 sum = 0;
    __u32 i;

    opaque(end);
    for (i = 0; i < WORDS; i++) {
        if (length < 2)
            break;
        if ((void *)(at + 1) > end)
            return -1;
        sum += *at++;
        length -= 2;
    }
    if (length > 1)
        return -2;
    if (length) {
        if ((void *)at + 1 > end)
            return -1;
        sum += *(__u8 *)at;
    }
    return sum;
}

static __always_inline int check_transport(struct xdp_md *ctx, __u32 offset, __u32 length, __u8 protocol, __u64 pseudo, __be32 source)
{
    __s64 sum;

    switch (protocol) {
    case IPPROTO_UDP: {
        struct udphdr *udp = frame_begin(ctx) + (offset & 0x7f);

        if ((void *)(udp + 1) > frame_end(ctx))
            return CUT;
        if (!udp->check)
            return NO_CHECKSUM;
        break;
    }
    case IPPROTO_ICMP:
        pseudo = 0;
        break;
    case IPPROTO_TCP:
    case IPPROTO_ICMPV6:
        break;
    default:
        return UNKNOWN;
    }
    sum = sum_of(ctx, offset, length);
    if (sum == -2)
        return TOO_LONG;
    if (sum < 0)
        return CUT;
    record(0, sum + pseudo);
    return fold(sum + pseudo) == 0xffff ? GOOD : offend(source, BAD_TRANSPORT);
}

static __always_inline int inspect(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);

    if (!eth)
        return CUT;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = (void *)(eth + 1);
        __u32 header, length;
        __be32 source;
        __u8 protocol;
        __u64 pseudo;
        __s64 sum;

        if ((void *)(ip + 1) > end || ip->ihl < 5)
            return CUT;
        header = ip->ihl * 4;
        length = bpf_ntohs(ip->tot_len);
        source = ip->saddr;
        protocol = ip->protocol;
        if (length < header)
            return CUT;
        length -= header;
        sum = sum_of(ctx, sizeof(*eth), header);
        if (sum < 0)
            return CUT;
        if (fold(sum) != 0xffff)
            return offend(source, BAD_HEADER);
        if (ip->frag_off & bpf_htons(IP_MF | IP_OFFSET))
            return FRAGMENT;
        pseudo = (__u64)ip->saddr + ip->daddr + bpf_htons(protocol) + bpf_htons(length);
        return check_transport(ctx, sizeof(*eth) + header, length, protocol, pseudo, source);
    }
    if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);
        __u64 pseudo = 0;
        __u32 length;

        if ((void *)(ip + 1) > end)
            return CUT;
        length = bpf_ntohs(ip->payload_len);
#pragma unroll
        for (int i = 0; i < 4; i++)
            pseudo += (__u64)ip->saddr.s6_addr32[i] + ip->daddr.s6_addr32[i];
        pseudo += bpf_htons(ip->nexthdr) + bpf_htons(length);
        return check_transport(ctx, sizeof(*eth) + sizeof(*ip), length, ip->nexthdr, pseudo, ip->saddr.s6_addr32[3]);
    }
    return NOT_IP;
}

SEC("xdp")
int verify_checksums(struct xdp_md *ctx)
{
    int what = inspect(ctx);

    if (what < 0 || what >= REASONS)
        return XDP_ABORTED;
    tally(ctx, what);
    return what == BAD_HEADER || what == BAD_TRANSPORT || what == CUT ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
