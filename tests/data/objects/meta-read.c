// SPDX-License-Identifier: MIT
// Reads the metadata that meta-write leaves, counts frames without any, and takes it off again.
#include "object.h"

struct note {
    __u32 hash;
    __u16 length;
    __u16 mark;
};

RESULTS(8);

SEC("xdp")
int read_metadata(struct xdp_md *ctx)
{
    struct note *note = frame_metadata(ctx);

    record(0, frame_begin(ctx) - frame_metadata(ctx));
    if ((void *)(note + 1) > frame_begin(ctx)) {
        count(1);
        return XDP_PASS;
    }
    record(2, note->hash);
    record(3, note->length);
    record(4, note->mark);
    record(5, frame_length(ctx) == note->length);
    if (note->hash & 1)
        return XDP_DROP;
    record(6, bpf_xdp_adjust_meta(ctx, sizeof(*note)));
    record(7, frame_begin(ctx) - frame_metadata(ctx));
    return XDP_TX;
}

LICENSE("MIT");
