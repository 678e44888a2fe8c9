// SPDX-License-Identifier: MIT
// Grows the frame at its tail. New bytes are zero, also where the program had written before it shrank the frame; the limit is where the
// frame's page keeps its bookkeeping: 3,520 bytes from where an untouched frame begins.
#include "object.h"

RESULTS(12);

enum { LIMIT = 4096 - 256 - 320, ADDED = 64 };

// The bytes from a distance on, added up.
static __always_inline __u32 sum_from(struct xdp_md *ctx, __u32 at)
{
    __u8 *bytes = frame_begin(ctx), *end = frame_end(ctx);
    __u32 sum = 0;

    opaque(end);
    for (__u32 i = 0; i < ADDED; i++) {
        __u32 offset = (at & 0xfff) + i;

        if (bytes + offset + 1 > end)
            break;
        sum += bytes[offset];
    }
    return sum;
}

SEC("xdp")
int grow_tail(struct xdp_md *ctx)
{
    int length = frame_length(ctx);
    __u8 *bytes, *end;

    record(0, bpf_xdp_adjust_tail(ctx, LIMIT - length + 1));
    record(1, bpf_xdp_adjust_tail(ctx, 4096));
    record(2, bpf_xdp_adjust_tail(ctx, LIMIT - length));
    record(3, frame_length(ctx));
    record(4, bpf_xdp_adjust_tail(ctx, 1));
    record(5, bpf_xdp_adjust_tail(ctx, length - LIMIT));
    if (bpf_xdp_adjust_tail(ctx, ADDED))
        return XDP_PASS;
    record(6, frame_length(ctx));
    record(7, sum_from(ctx, length));

    bytes = frame_begin(ctx);
    end = frame_end(ctx);
    opaque(end);
    for (__u32 i = 0; i < ADDED; i++) {
        __u32 offset = (length & 0xfff) + i;

        if (bytes + offset + 1 > end)
            break;
        bytes[offset] = i + 1;
    }
    record(8, sum_from(ctx, length));
    record(9, bpf_xdp_adjust_tail(ctx, -32));
    record(10, bpf_xdp_adjust_tail(ctx, 16));
    record(11, sum_from(ctx, length));
    return XDP_TX;
}

LICENSE("MIT");
