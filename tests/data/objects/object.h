// SPDX-License-Identifier: MIT
// What every object in this folder starts from: map declarations in one line, results that a test can compare, packet access.
#pragma once

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define LICENSE(TEXT) char _license[] SEC("license") = TEXT

#define MAP(KIND, NAME, KEY, VALUE, ENTRIES)     \
    struct {                                     \
        __uint(type, BPF_MAP_TYPE_##KIND);       \
        __uint(max_entries, ENTRIES);            \
        __type(key, KEY);                        \
        __type(value, VALUE);                    \
    } NAME SEC(".maps")

#define PROGRAM_ARRAY(NAME, ENTRIES)             \
    struct {                                     \
        __uint(type, BPF_MAP_TYPE_PROG_ARRAY);   \
        __uint(max_entries, ENTRIES);            \
        __uint(key_size, sizeof(__u32));         \
        __uint(value_size, sizeof(__u32));       \
    } NAME SEC(".maps")

// Stops the compiler from knowing a value, so that the instruction under test stays in the object.
#define opaque(VARIABLE) asm volatile("" : "+r"(VARIABLE))

// A result of the last frame, and one in which every frame so far has a part: a difference in any frame stays visible at the end.
struct result {
    __u64 last;
    __u64 mixed;
};

#define RESULTS(ENTRIES)                                                       \
    MAP(ARRAY, results, __u32, struct result, ENTRIES);                        \
    static __always_inline __attribute__((unused))                             \
    void record(__u32 slot, __u64 value)                                       \
    {                                                                          \
        struct result *cell = bpf_map_lookup_elem(&results, &slot);            \
                                                                               \
        if (!cell)                                                             \
            return;                                                            \
        cell->last = value;                                                    \
        cell->mixed = cell->mixed * 31 + value;                                \
    }                                                                          \
    static __always_inline __attribute__((unused))                             \
    void count(__u32 slot)                                                     \
    {                                                                          \
        struct result *cell = bpf_map_lookup_elem(&results, &slot);            \
                                                                               \
        if (cell)                                                              \
            __sync_fetch_and_add(&cell->last, 1);                              \
    }                                                                          \
    struct result

static __always_inline void *frame_begin(const struct xdp_md *ctx)
{
    return (void *)(long)ctx->data;
}

static __always_inline void *frame_end(const struct xdp_md *ctx)
{
    return (void *)(long)ctx->data_end;
}

static __always_inline void *frame_metadata(const struct xdp_md *ctx)
{
    return (void *)(long)ctx->data_meta;
}

static __always_inline __u64 frame_length(const struct xdp_md *ctx)
{
    return frame_end(ctx) - frame_begin(ctx);
}

// The Ethernet header, or NULL when the frame is shorter.
static __always_inline struct ethhdr *ethernet_of(const struct xdp_md *ctx)
{
    struct ethhdr *eth = frame_begin(ctx);

    return (void *)(eth + 1) > frame_end(ctx) ? NULL : eth;
}

// The IPv4 header of an untagged frame when it has no options, else NULL.
static __always_inline struct iphdr *ipv4_of(const struct xdp_md *ctx)
{
    struct ethhdr *eth = frame_begin(ctx);
    struct iphdr *ip = (void *)(eth + 1);

    if ((void *)(ip + 1) > frame_end(ctx))
        return NULL;
    if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->version != 4 || ip->ihl != 5)
        return NULL;
    return ip;
}
