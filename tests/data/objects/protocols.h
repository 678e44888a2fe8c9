// SPDX-License-Identifier: MIT
// What several programs of this folder know of networks: counters per CPU, checksums, hashes, reversed addresses.
#pragma once

#include "object.h"

enum { VLAN_DEPTH = 2 };

#ifndef IP_OFFSET
#define IP_MF     0x2000
#define IP_OFFSET 0x1fff
#endif

struct vlan_tag {
    __be16 tci;
    __be16 type;
};

struct tally {
    __u64 packets;
    __u64 bytes;
};

// Packets and bytes per reason and CPU, plain adds.
#define TALLIES(ENTRIES)                                                       \
    MAP(PERCPU_ARRAY, tallies, __u32, struct tally, ENTRIES);                  \
    static __always_inline __attribute__((unused))                             \
    void tally(const struct xdp_md *ctx, __u32 slot)                           \
    {                                                                          \
        struct tally *cell = bpf_map_lookup_elem(&tallies, &slot);             \
                                                                               \
        if (!cell)                                                             \
            return;                                                            \
        cell->packets++;                                                       \
        cell->bytes += frame_length(ctx);                                      \
    }                                                                          \
    struct tally

static __always_inline __u16 fold(__u64 sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

// RFC 1624: a checksum after one of its words has changed.
static __always_inline __u16 replaced(__u16 check, __u16 from, __u16 to)
{
    return ~fold((__u64)(__u16)~check + (__u16)~from + to);
}

// Of a header without options.
static __always_inline __u16 ipv4_checksum(const void *header)
{
    const __u16 *words = header;
    __u32 sum = 0;

#pragma unroll
    for (int i = 0; i < 10; i++)
        sum += words[i];
    return ~fold(sum);
}

static __always_inline void decrease_ttl(struct iphdr *ip)
{
    __u32 check = ip->check + bpf_htons(0x0100);

    ip->check = check + (check >= 0xffff);
    ip->ttl--;
}

static __always_inline void swap_macs(struct ethhdr *eth)
{
    __u8 mac[ETH_ALEN];

    __builtin_memcpy(mac, eth->h_source, ETH_ALEN);
    __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
    __builtin_memcpy(eth->h_dest, mac, ETH_ALEN);
}

static __always_inline __u32 rotate(__u32 word, __u32 by)
{
    return word << by | word >> (32 - by);
}

// Jenkins' final mix of three words.
static __always_inline __u32 jenkins(__u32 a, __u32 b, __u32 c, __u32 seed)
{
    a += 0xdeadbeef + seed;
    b += 0xdeadbeef + seed;
    c += 0xdeadbeef + seed;
    c ^= b; c -= rotate(b, 14);
    a ^= c; a -= rotate(c, 11);
    b ^= a; b -= rotate(a, 25);
    c ^= b; c -= rotate(b, 16);
    a ^= c; a -= rotate(c, 4);
    b ^= a; b -= rotate(a, 14);
    c ^= b; c -= rotate(b, 24);
    return c;
}
