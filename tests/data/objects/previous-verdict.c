// SPDX-License-Identifier: MIT
// Reads the word that a chain with the previous-verdict option puts at data_meta: what the program before said.
#include "object.h"

MAP(ARRAY, verdicts, __u32, __u64, 8);
RESULTS(4);

// 0xffff where there is no word.
static __always_inline __u32 previous_verdict(struct xdp_md *ctx)
{
    __u32 *word = frame_metadata(ctx);

    return (void *)(word + 1) > frame_begin(ctx) ? 0xffff : *word;
}

static __always_inline void note(struct xdp_md *ctx, __u32 previous)
{
    __u32 slot = previous < 8 ? previous : 7;
    __u64 *seen = bpf_map_lookup_elem(&verdicts, &slot);

    if (seen)
        __sync_fetch_and_add(seen, 1);
    record(0, previous);
    record(1, frame_begin(ctx) - frame_metadata(ctx));
}

// Leaves the metadata as long as it is: the word goes when this returns, whatever was written to it.
SEC("xdp")
int record_previous(struct xdp_md *ctx)
{
    __u32 *word = frame_metadata(ctx);
    __u32 previous = previous_verdict(ctx);

    note(ctx, previous);
    if ((void *)(word + 1) <= frame_begin(ctx))
        *word = 0xdecade;
    return previous & 1 ? XDP_TX : XDP_PASS;
}

// Changes the metadata's length, so that what it leaves stays: nothing, the word and four bytes more, or the word moved in front of them.
SEC("xdp")
int keep_previous(struct xdp_md *ctx)
{
    __u32 previous = previous_verdict(ctx), *words;

    note(ctx, previous);
    switch (frame_length(ctx) & 3) {
    case 0:
        record(2, bpf_xdp_adjust_meta(ctx, 4));
        return XDP_DROP;
    case 1:
        record(2, bpf_xdp_adjust_meta(ctx, -4));
        words = frame_metadata(ctx);
        if ((void *)(words + 2) > frame_begin(ctx))
            return XDP_ABORTED;
        words[0] = previous;
        words[1] = 0x600d;
        return XDP_TX;
    case 2:
        // Moved and moved back: the length is what it was.
        record(2, bpf_xdp_adjust_meta(ctx, -8));
        record(3, bpf_xdp_adjust_meta(ctx, 8));
        return 9;
    default:
        return XDP_PASS;
    }
}

// Fills the room in front of the frame, so that for the next program there is no room for a word: 216 bytes hold 54.
SEC("xdp")
int fill_metadata(struct xdp_md *ctx)
{
    __u32 *words;
    int longer = frame_length(ctx) & 4 ? -216 : -212;

    if (bpf_xdp_adjust_meta(ctx, longer))
        return XDP_ABORTED;
    words = frame_metadata(ctx);
    if ((void *)(words + 53) > frame_begin(ctx))
        return XDP_ABORTED;
#pragma unroll
    for (int n = 0; n < 53; n++)
        words[n] = n;
    if (longer == -216) {
        if ((void *)(words + 54) > frame_begin(ctx))
            return XDP_ABORTED;
        words[53] = 53;
    }
    return XDP_PASS;
}

LICENSE("MIT");
