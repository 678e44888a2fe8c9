// SPDX-License-Identifier: MIT
// The end of a frame with fragments: it grows to the end of its last page and no further, shrinks within a fragment, across fragments and
// into the linear part, and is then a frame of one piece. Which of these a frame ends as depends on its length.
#include "frags.h"

RESULTS(14);

// What stands at the end of the frame.
static __always_inline __u64 last_word(struct xdp_md *ctx)
{
    __u64 word = 0;

    bpf_xdp_load_bytes(ctx, bpf_xdp_get_buff_len(ctx) - sizeof(word), &word, sizeof(word));
    return word;
}

static __always_inline void mark_end(struct xdp_md *ctx)
{
    __u64 word = 0x1122334455667788;

    bpf_xdp_store_bytes(ctx, bpf_xdp_get_buff_len(ctx) - sizeof(word), &word, sizeof(word));
}

static __always_inline int in_last_page(struct xdp_md *ctx, int length)
{
    int room = room_behind(length);

    record(0, bpf_xdp_adjust_tail(ctx, room + 1));
    record(1, bpf_xdp_adjust_tail(ctx, room));
    record(2, bpf_xdp_get_buff_len(ctx));
    record(3, last_word(ctx));
    record(4, bpf_xdp_adjust_tail(ctx, 1));
    mark_end(ctx);
    record(5, bpf_xdp_adjust_tail(ctx, -5));
    record(6, bpf_xdp_adjust_tail(ctx, 3));
    record(7, last_word(ctx));
    return XDP_TX;
}

static __always_inline int to_page_end(struct xdp_md *ctx, int length)
{
    int gone = (length - LINEAR) & (PAGE - 1);

    // A fragment that is used up is no more: the one before it is full.
    record(0, bpf_xdp_adjust_tail(ctx, -gone));
    record(8, bpf_xdp_get_buff_len(ctx));
    record(9, bpf_xdp_adjust_tail(ctx, 1));
    record(10, bpf_xdp_adjust_tail(ctx, -1));
    mark_end(ctx);
    record(11, bpf_xdp_adjust_tail(ctx, 1));
    record(12, last_word(ctx));
    return XDP_PASS;
}

static __always_inline int to_one_piece(struct xdp_md *ctx, int length)
{
    int left = LINEAR - (int)((__u32)length % 128);

    record(0, bpf_xdp_adjust_tail(ctx, left - length));
    record(8, bpf_xdp_get_buff_len(ctx));
    record(9, frame_length(ctx));
    record(10, bpf_xdp_adjust_tail(ctx, LINEAR - left + 1));
    record(11, bpf_xdp_adjust_tail(ctx, LINEAR - left));
    record(12, last_word(ctx));
    return XDP_PASS;
}

static __always_inline int to_header(struct xdp_md *ctx, int length)
{
    record(0, bpf_xdp_adjust_tail(ctx, ETH_HLEN - length - 1));
    record(8, bpf_xdp_adjust_tail(ctx, ETH_HLEN - length));
    record(9, frame_length(ctx));
    record(10, bpf_xdp_adjust_tail(ctx, -1));
    record(11, bpf_xdp_adjust_tail(ctx, 50));
    return XDP_PASS;
}

SEC("xdp.frags")
int move_end(struct xdp_md *ctx)
{
    int length = bpf_xdp_get_buff_len(ctx);

    // Nothing, and numbers that no frame has room for. The smallest one is no error where there are fragments.
    record(13, bpf_xdp_adjust_tail(ctx, 0) + 10 * bpf_xdp_adjust_tail(ctx, 0x7fffffff)
               + 100 * bpf_xdp_adjust_tail(ctx, -0x7fffffff) + 1000 * bpf_xdp_adjust_tail(ctx, -0x7fffffff - 1));
    switch ((__u32)length % 5) {
    case 0:
    case 1:
        return in_last_page(ctx, length);
    case 2:
        return to_page_end(ctx, length);
    case 3:
        return to_one_piece(ctx, length);
    default:
        return to_header(ctx, length);
    }
}

LICENSE("Dual MIT/GPL");
