// SPDX-License-Identifier: MIT
// bpf_csum_diff as it answers: sizes from 0 to 512, only old bytes, only new bytes, both, sizes that are no multiple of four, seeds; from
// a map value and from the packet itself.
#include "object.h"

struct block {
    __u8 bytes[512];
};

MAP(ARRAY, blocks, __u32, struct block, 2);
RESULTS(64);

SEC("xdp")
int difference(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    __u32 key = 0, other_key = 1, seed = frame_length(ctx), slot = 0;
    struct block *one, *two;
    void *packet;

    one = bpf_map_lookup_elem(&blocks, &key);
    two = bpf_map_lookup_elem(&blocks, &other_key);
    if (!eth || !one || !two)
        return XDP_ABORTED;

    for (__u32 i = 0; i < sizeof(one->bytes); i++) {
        one->bytes[i] = i * 7 + seed;
        two->bytes[i] = i * 13 + eth->h_source[5];
    }

#define FROM(SIZE, SEED) record(slot++, bpf_csum_diff((__be32 *)one, SIZE, NULL, 0, SEED))
#define TO(SIZE, SEED) record(slot++, bpf_csum_diff(NULL, 0, (__be32 *)two, SIZE, SEED))
#define BOTH(FROM_SIZE, TO_SIZE, SEED) record(slot++, bpf_csum_diff((__be32 *)one, FROM_SIZE, (__be32 *)two, TO_SIZE, SEED))

    record(slot++, bpf_csum_diff(NULL, 0, NULL, 0, 0));
    record(slot++, bpf_csum_diff(NULL, 0, NULL, 0, 0xffffffff));
    record(slot++, bpf_csum_diff(NULL, 0, NULL, 0, seed));
    FROM(4, 0);
    FROM(8, 0xffff);
    FROM(20, seed);
    FROM(64, 0xffffffff);
    FROM(512, 0);
    FROM(512, ~seed);
    TO(4, 0);
    TO(8, 0xffff);
    TO(20, seed);
    TO(64, 0xffffffff);
    TO(512, 0);
    TO(512, ~seed);
    BOTH(4, 4, 0);
    BOTH(8, 8, seed);
    BOTH(4, 8, 0xffff0000);
    BOTH(8, 4, 0x12345678);
    BOTH(40, 20, seed << 16);
    BOTH(20, 40, seed);
    BOTH(256, 256, 0);
    BOTH(512, 512, 0xffffffff);
    BOTH(512, 4, seed);
    BOTH(4, 512, seed);
    FROM(1, 0);
    FROM(6, 0);
    TO(3, 0);
    TO(510, 0);
    BOTH(4, 6, 0);
    BOTH(2, 4, 0);

    // Straight from the packet, at an offset that is no multiple of four.
    packet = frame_begin(ctx);
    if (packet + 34 <= frame_end(ctx)) {
        record(slot++, bpf_csum_diff(NULL, 0, packet + 14, 20, 0));
        record(slot++, bpf_csum_diff(packet + 14, 20, NULL, 0, seed));
        record(slot++, bpf_csum_diff(packet + 2, 4, packet + 6, 4, 0));
        record(slot++, bpf_csum_diff(packet, 32, packet + 2, 32, 0xfffe));
    }
    return XDP_PASS;
}

LICENSE("MIT");
