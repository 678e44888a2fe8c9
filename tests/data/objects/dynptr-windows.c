// SPDX-License-Identifier: Dual MIT/GPL
// What dynamic pointers answer at their limits: windows into the frame and into a map value that are moved, narrowed and cloned, bytes read, written and
// copied from one to the other, pointers to nothing, and a frame that becomes shorter than its pointer says.
#include "dynptr.h"

enum { WINDOW = 64, PIECE = 24 };

struct store {
    __u64 frames;
    __u8 bytes[WINDOW];
};

MAP(ARRAY, stores, __u32, struct store, 4);
RESULTS(46);

// Reads at offsets around the end of a window.
static void read_around(const struct bpf_dynptr *window, __u32 slot)
{
    __u8 piece[PIECE] = {};
    __u32 size = bpf_dynptr_size(window);

    record(slot, bpf_dynptr_read(piece, 4, window, 0, 0));
    record(slot + 1, *(__u32 *)piece);
    record(slot + 2, bpf_dynptr_read(piece, sizeof(piece), window, size - sizeof(piece), 0));
    record(slot + 3, *(__u64 *)(piece + 16));
    record(slot + 4, bpf_dynptr_read(piece, sizeof(piece), window, size - sizeof(piece) + 1, 0));
    record(slot + 5, bpf_dynptr_read(piece, 0, window, size, 0));
    record(slot + 6, bpf_dynptr_read(piece, 1, window, 0, 1));
}

static void move_about(struct bpf_dynptr *window, __u32 slot)
{
    __u32 size = bpf_dynptr_size(window);

    record(slot, bpf_dynptr_adjust(window, size + 1, size + 1));
    record(slot + 1, bpf_dynptr_adjust(window, 2, 1));
    record(slot + 2, bpf_dynptr_adjust(window, 0, size + 1));
    record(slot + 3, bpf_dynptr_adjust(window, 3, size));
    record(slot + 4, bpf_dynptr_size(window));
}

static void point_at_nothing(struct xdp_md *ctx, struct store *store)
{
    struct bpf_dynptr nothing, clone;
    __u8 byte = 0;

    record(20, bpf_dynptr_from_xdp(ctx, 1, &nothing));
    record(21, is_null(&nothing));
    record(22, is_read_only(&nothing));
    record(23, bpf_dynptr_size(&nothing));
    record(24, bpf_dynptr_adjust(&nothing, 0, 0));
    record(25, bpf_dynptr_read(&byte, 1, &nothing, 0, 0));
    record(26, bpf_dynptr_write(&nothing, 0, &byte, 1, 0));
    record(27, bpf_dynptr_clone(&nothing, &clone));
    record(28, is_null(&clone));
    record(29, bpf_dynptr_from_mem(store->bytes, sizeof(store->bytes), 1, &nothing));
    record(30, is_null(&nothing) && !bpf_dynptr_data(&nothing, 0, 0));
}

// The last byte is cut off the frame, and then asked for.
static void outlive(struct xdp_md *ctx, struct bpf_dynptr *frame)
{
    __u8 buffer[PIECE] = { 1, 2, 3 }, *slice;
    __u32 size = bpf_dynptr_size(frame);

    if (bpf_xdp_adjust_tail(ctx, -1))
        return;
    record(40, bpf_dynptr_size(frame));
    record(41, bpf_dynptr_read(buffer, 1, frame, size - 1, 0));
    record(42, bpf_dynptr_write(frame, size - 1, buffer, 1, 0));
    record(43, bpf_dynptr_slice(frame, size - PIECE, NULL, PIECE) != NULL);
    slice = bpf_dynptr_slice(frame, size - PIECE, buffer, PIECE);
    if (slice)
        record(44, slice[PIECE - 2] << 8 | slice[PIECE - 1]);
    slice = bpf_dynptr_slice_rdwr(frame, size - PIECE - 1, buffer, PIECE);
    if (slice) {
        record(45, slice[PIECE - 1]);
        slice[PIECE - 1] ^= 0x55;
    }
}

SEC("xdp")
int look_through_windows(struct xdp_md *ctx)
{
    struct bpf_dynptr frame, window, memory;
    __u64 length = frame_length(ctx);
    __u32 which = length & 3;
    struct store *store = bpf_map_lookup_elem(&stores, &which);
    __u8 *data;

    if (!store || bpf_dynptr_from_xdp(ctx, 0, &frame) || bpf_dynptr_from_mem(store->bytes, sizeof(store->bytes), 0, &memory))
        return XDP_ABORTED;
    store->frames++;
    read_around(&frame, 0);
    if (bpf_dynptr_clone(&frame, &window))
        return XDP_ABORTED;
    move_about(&window, 7);
    record(12, bpf_dynptr_copy(&memory, 8, &window, 0, 40));
    record(13, bpf_dynptr_copy(&memory, 0, &memory, 4, 48));
    record(14, bpf_dynptr_copy(&window, 5, &memory, 30, 12));
    record(15, bpf_dynptr_copy(&memory, 30, &window, 0, 40));
    data = bpf_dynptr_data(&memory, 60, 4);
    if (data)
        data[3]++;
    record(16, bpf_dynptr_data(&frame, 0, 1) != NULL);
    record(17, bpf_dynptr_data(&memory, 60, 5) != NULL);
    record(18, bpf_dynptr_write(&window, 0, &length, sizeof(length), 0));
    record(19, bpf_dynptr_write(&memory, 58, &length, sizeof(length), 0));
    read_around(&memory, 31);
    point_at_nothing(ctx, store);
    outlive(ctx, &frame);
    return which == 3 ? XDP_TX : XDP_PASS;
}

LICENSE("Dual MIT/GPL");
