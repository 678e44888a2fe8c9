// SPDX-License-Identifier: MIT
// How many different sources there are for each destination network, within a few percent in 64 bytes: HyperLogLog. A hash's low bits choose
// a register, which keeps the longest run of leading zeros of the rest.
#include "protocols.h"

enum { REGISTERS = 64 };

struct counter {
    __u8 registers[REGISTERS];
    __u32 growths;
    __u32 packets;
};

MAP(HASH, counters, __be32, struct counter, 1024);
RESULTS(4);

static const struct counter none;

static __always_inline __u64 mix(__u64 word)
{
    word ^= word >> 33;
    word *= 0xff51afd7ed558ccd;
    word ^= word >> 33;
    word *= 0xc4ceb9fe1a85ec53;
    return word ^ word >> 33;
}

// There is no instruction for it before v4 or after: five steps that halve.
static __noinline int leading_zeros(__u64 word)
{
    int zeros = 0;

    if (!word)
        return 64;
    if (!(word >> 32)) { zeros += 32; word <<= 32; }
    if (!(word >> 48)) { zeros += 16; word <<= 16; }
    if (!(word >> 56)) { zeros += 8; word <<= 8; }
    if (!(word >> 60)) { zeros += 4; word <<= 4; }
    if (!(word >> 62)) { zeros += 2; word <<= 2; }
    return zeros + !(word >> 63);
}

SEC("xdp")
int count_sources(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    void *end = frame_end(ctx);
    struct counter *counter;
    __be32 network;
    __u64 hash;
    __u32 zeros, place;

    if (!eth)
        return XDP_DROP;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end)
            return XDP_DROP;
        network = ip->daddr & bpf_htonl(0xffffff00);
        hash = mix(ip->saddr);
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end)
            return XDP_DROP;
        network = ip->daddr.s6_addr32[1] ^ ip->daddr.s6_addr32[0];
        hash = mix(((__u64)ip->saddr.s6_addr32[0] << 32 | ip->saddr.s6_addr32[1]) + mix((__u64)ip->saddr.s6_addr32[2] << 32 | ip->saddr.s6_addr32[3]));
    } else {
        return XDP_PASS;
    }
    counter = bpf_map_lookup_elem(&counters, &network);
    if (!counter) {
        bpf_map_update_elem(&counters, &network, &none, BPF_NOEXIST);
        counter = bpf_map_lookup_elem(&counters, &network);
        if (!counter)
            return XDP_PASS;
    }
    counter->packets++;
    place = hash & (REGISTERS - 1);
    zeros = leading_zeros(hash >> 6 << 6 | 0x20) + 1;
    record(0, hash);
    record(1, zeros);
    if (counter->registers[place] < zeros) {
        counter->registers[place] = zeros;
        counter->growths++;
    }
    return XDP_PASS;
}

LICENSE("MIT");
