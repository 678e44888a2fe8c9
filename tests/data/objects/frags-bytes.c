// SPDX-License-Identifier: MIT
// Bytes loaded and stored across the ends of the linear part and of the first fragment, and at the end of the frame; what a program
// sees of the same bytes. Frames of one piece go the same way.
#include "frags.h"

RESULTS(16);

#define BYTES 64

struct window {
    __u64 words[BYTES / 8];
};

static __always_inline __u64 sum_of(const struct window *window)
{
    __u64 sum = 0;

    for (int i = 0; i < BYTES / 8; i++)
        sum = sum * 31 + window->words[i];
    return sum;
}

// A window that an edge cuts: loaded, turned over, stored somewhat before or behind, and loaded again.
static __always_inline void turn_over(struct xdp_md *ctx, __u32 slot, __u32 edge, __u32 before, __u32 by)
{
    struct window window = {};
    __u32 at = edge - before;

    record(slot, bpf_xdp_load_bytes(ctx, at, &window, sizeof(window)));
    record(slot + 1, sum_of(&window));
    for (int i = 0; i < BYTES / 8; i++)
        window.words[i] = ~window.words[i] + i;
    record(slot + 2, bpf_xdp_store_bytes(ctx, at + by, &window, sizeof(window)));
    bpf_xdp_load_bytes(ctx, at, &window, sizeof(window));
    record(slot + 3, sum_of(&window));
}

SEC("xdp.frags")
int across(struct xdp_md *ctx)
{
    __u64 length = bpf_xdp_get_buff_len(ctx);
    struct window window = {};
    __u8 *bytes = frame_begin(ctx);

    record(0, length);
    record(1, frame_length(ctx));
    turn_over(ctx, 2, LINEAR, length % BYTES, 0);
    turn_over(ctx, 6, FIRST_END, (length >> 1) % BYTES, 5);
    record(10, bpf_xdp_load_bytes(ctx, length - BYTES, &window, BYTES));
    record(11, sum_of(&window));
    record(12, bpf_xdp_store_bytes(ctx, length - BYTES + 1, &window, BYTES));
    record(13, bpf_xdp_store_bytes(ctx, length - 3, &window, 3));
    record(14, bpf_xdp_load_bytes(ctx, 0xffff, &window, 1));

    // The last bytes that the program sees itself are where the first window was stored.
    if ((void *)(bytes + LINEAR) > frame_end(ctx))
        return XDP_PASS;
    record(15, *(__u16 *)(bytes + LINEAR - 2));
    bytes[LINEAR - 1] ^= 0x5a;
    return XDP_TX;
}

LICENSE("Dual MIT/GPL");
