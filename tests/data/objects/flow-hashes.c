// SPDX-License-Identifier: MIT
// How well hashes spread flows: each packet's addresses and ports go through seven of them, written out, and each has a histogram of 64 bins.
// CRC-32C bit by bit, SipHash-2-4, MurmurHash3, xxHash64, Jenkins' lookup3, FNV-1a, and Toeplitz.
#include "protocols.h"

enum { BYTES = 40, WORDS = BYTES / 4, BINS = 64 };
enum hash { CRC32C, SIPHASH, MURMUR3, XXHASH64, LOOKUP3, FNV1A, TOEPLITZ, HASHES };

struct histogram {
    __u64 last;
    __u32 bins[BINS];
};

union tuple {
    __u32 words[WORDS];
    __u64 longs[WORDS / 2];
    __u8 bytes[BYTES];
};

MAP(ARRAY, histograms, __u32, struct histogram, HASHES);
RESULTS(HASHES);

static __always_inline __u64 rotate64(__u64 word, int by)
{
    return word << by | word >> (64 - by);
}

// By a bit. A mask made of the bit would have the verifier go both ways, each time.
static __always_inline __u32 times(__u32 word, __u32 bit)
{
    opaque(bit);
    return word * bit;
}

static __always_inline __u32 crc32c(const union tuple *tuple)
{
    __u32 crc = ~0u;

#pragma unroll
    for (int i = 0; i < WORDS; i++) {
        crc ^= tuple->words[i];
#pragma unroll
        for (int bit = 0; bit < 32; bit++)
            crc = crc >> 1 ^ times(0x82f63b78, crc & 1);
    }
    return ~crc;
}

#define SIP_ROUND                                                              \
    do {                                                                       \
        a += b; b = rotate64(b, 13) ^ a; a = rotate64(a, 32);                  \
        c += d; d = rotate64(d, 16) ^ c;                                       \
        a += d; d = rotate64(d, 21) ^ a;                                       \
        c += b; b = rotate64(b, 17) ^ c; c = rotate64(c, 32);                  \
    } while (0)

static __always_inline __u64 siphash(const union tuple *tuple)
{
    __u64 a = 0x736f6d6570736575 ^ 0x0706050403020100, b = 0x646f72616e646f6d ^ 0x0f0e0d0c0b0a0908;
    __u64 c = 0x6c7967656e657261 ^ 0x0706050403020100, d = 0x7465646279746573 ^ 0x0f0e0d0c0b0a0908;

#pragma unroll
    for (int i = 0; i < WORDS / 2; i++) {
        d ^= tuple->longs[i];
        SIP_ROUND;
        SIP_ROUND;
        a ^= tuple->longs[i];
    }
    d ^= (__u64)BYTES << 56;
    SIP_ROUND;
    SIP_ROUND;
    a ^= (__u64)BYTES << 56;
    c ^= 0xff;
    SIP_ROUND;
    SIP_ROUND;
    SIP_ROUND;
    SIP_ROUND;
    return a ^ b ^ c ^ d;
}

static __always_inline __u32 murmur3(const union tuple *tuple)
{
    __u32 hash = 0x9747b28c;

#pragma unroll
    for (int i = 0; i < WORDS; i++) {
        hash ^= rotate(tuple->words[i] * 0xcc9e2d51, 15) * 0x1b873593;
        hash = rotate(hash, 13) * 5 + 0xe6546b64;
    }
    hash ^= BYTES;
    hash = (hash ^ hash >> 16) * 0x85ebca6b;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35;
    return hash ^ hash >> 16;
}

static __always_inline __u64 xxhash64(const union tuple *tuple)
{
    const __u64 p1 = 0x9e3779b185ebca87, p2 = 0xc2b2ae3d27d4eb4f, p3 = 0x165667b19e3779f9, p4 = 0x85ebca77c2b2ae63;
    __u64 lane[4] = { p1 + p2, p2, 0, -p1 }, hash;

#pragma unroll
    for (int i = 0; i < 4; i++)
        lane[i] = rotate64(lane[i] + tuple->longs[i] * p2, 31) * p1;
    hash = rotate64(lane[0], 1) + rotate64(lane[1], 7) + rotate64(lane[2], 12) + rotate64(lane[3], 18);
#pragma unroll
    for (int i = 0; i < 4; i++)
        hash = (hash ^ rotate64(lane[i] * p2, 31) * p1) * p1 + p4;
    hash += BYTES;
    hash ^= rotate64(tuple->longs[4] * p2, 31) * p1;
    hash = rotate64(hash, 27) * p1 + p4;
    hash = (hash ^ hash >> 33) * p2;
    hash = (hash ^ hash >> 29) * p3;
    return hash ^ hash >> 32;
}

#define LOOKUP3_MIX                                                            \
    do {                                                                       \
        a -= c; a ^= rotate(c, 4);  c += b;                                    \
        b -= a; b ^= rotate(a, 6);  a += c;                                    \
        c -= b; c ^= rotate(b, 8);  b += a;                                    \
        a -= c; a ^= rotate(c, 16); c += b;                                    \
        b -= a; b ^= rotate(a, 19); a += c;                                    \
        c -= b; c ^= rotate(b, 4);  b += a;                                    \
    } while (0)

static __always_inline __u32 lookup3(const union tuple *tuple)
{
    __u32 a = 0xdeadbeef + BYTES, b = a, c = a;

#pragma unroll
    for (int i = 0; i < 9; i += 3) {
        a += tuple->words[i];
        b += tuple->words[i + 1];
        c += tuple->words[i + 2];
        LOOKUP3_MIX;
    }
    return jenkins(a + tuple->words[9], b, c, 0);
}

static __always_inline __u32 fnv1a(const union tuple *tuple)
{
    __u32 hash = 2166136261;

#pragma unroll
    for (int i = 0; i < BYTES; i++)
        hash = (hash ^ tuple->bytes[i]) * 16777619;
    return hash;
}

// The key shifts through as the bits of the input are looked at from the first on.
static __always_inline __u32 toeplitz(const union tuple *tuple)
{
    __u64 key = 0x6d5a56da255b0ec2;
    __u32 hash = 0;

#pragma unroll
    for (int i = 0; i < WORDS; i++) {
        __u32 word = bpf_ntohl(tuple->words[i]);

#pragma unroll
        for (int bit = 31; bit >= 0; bit--) {
            hash ^= times(key >> 32, word >> bit & 1);
            key = rotate64(key, 1);
        }
    }
    return hash;
}

static __noinline int enter(__u32 which, __u64 hash)
{
    struct histogram *histogram = bpf_map_lookup_elem(&histograms, &which);

    if (!histogram)
        return -1;
    // Read back, the verifier need not follow how it came about.
    *(volatile __u64 *)&histogram->last = hash;
    histogram->bins[*(volatile __u64 *)&histogram->last % BINS]++;
    record(which, hash);
    return 0;
}

// Each a function of its own, so that none needs another's registers.
static __noinline __u32 crc32c_of(const union tuple *tuple) { return crc32c(tuple); }
static __noinline __u64 siphash_of(const union tuple *tuple) { return siphash(tuple); }
static __noinline __u32 toeplitz_of(const union tuple *tuple) { return toeplitz(tuple); }

SEC("xdp")
int spread(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    void *end = frame_end(ctx);
    union tuple tuple = {};
    __be32 *ports;

    if (!eth)
        return XDP_DROP;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = (void *)(eth + 1);

        ports = (void *)(ip + 1);
        if ((void *)(ports + 1) > end)
            return XDP_DROP;
        tuple.words[0] = ip->saddr;
        tuple.words[4] = ip->daddr;
        tuple.words[9] = ip->protocol;
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);

        ports = (void *)(ip + 1);
        if ((void *)(ports + 1) > end)
            return XDP_DROP;
        __builtin_memcpy(tuple.words, &ip->saddr, 32);
        tuple.words[9] = ip->nexthdr;
    } else {
        return XDP_PASS;
    }
    tuple.words[8] = *ports;
    enter(CRC32C, crc32c_of(&tuple));
    enter(SIPHASH, siphash_of(&tuple));
    enter(MURMUR3, murmur3(&tuple));
    enter(XXHASH64, xxhash64(&tuple));
    enter(LOOKUP3, lookup3(&tuple));
    enter(FNV1A, fnv1a(&tuple));
    enter(TOEPLITZ, toeplitz_of(&tuple));
    return XDP_PASS;
}

LICENSE("MIT");
