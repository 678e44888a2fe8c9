// SPDX-License-Identifier: MIT
// Real loops over the frame's bytes, with a bound the verifier can count: FNV-1a and Adler's two sums, the Internet checksum, a histogram.
#include "object.h"

enum { MOST = 1514 };

MAP(ARRAY, histogram, __u32, __u64, 16);
RESULTS(8);

SEC("xdp")
int hash_payload(struct xdp_md *ctx)
{
    __u8 *bytes = frame_begin(ctx), *end = frame_end(ctx);
    __u64 fnv = 0xcbf29ce484222325;
    __u32 low = 1, high = 0, zeros = 0;

    opaque(end);
    for (__u32 i = 0; i < MOST; i++) {
        if (bytes + i + 1 > end)
            break;
        fnv = (fnv ^ bytes[i]) * 0x100000001b3;
        low += bytes[i];
        high += low;
        if (!bytes[i])
            zeros++;
    }
    record(0, fnv);
    record(1, (high % 65521) << 16 | low % 65521);
    record(2, zeros);
    return fnv & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int checksum_payload(struct xdp_md *ctx)
{
    __u8 *at = frame_begin(ctx), *end = frame_end(ctx);
    __u32 sum = 0;

    opaque(end);
    for (__u32 words = 0; words < MOST / 2 && at + 2 <= end; words++, at += 2)
        sum += *(__u16 *)at;
    if (at + 1 <= end && at + 2 > end)
        sum += *at;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    record(3, (__u16)~sum);
    return XDP_PASS;
}

SEC("xdp")
int count_nibbles(struct xdp_md *ctx)
{
    __u8 *bytes = frame_begin(ctx), *end = frame_end(ctx);

    opaque(end);
    for (__u32 i = 0; i < 96; i++) {
        __u64 *bucket;
        __u32 nibble;

        if (bytes + i + 1 > end)
            break;
        nibble = bytes[i] >> 4;
        bucket = bpf_map_lookup_elem(&histogram, &nibble);
        if (bucket)
            ++*bucket;
    }
    return XDP_PASS;
}

LICENSE("MIT");
