// SPDX-License-Identifier: MIT
// Atomic operations on map values, 32 and 64 bits wide, with and without the old value. From CPU version 3 on.
#include "object.h"

struct cells {
    __u64 add, or, and, xor, exchange, compare, plain_or;
    __u32 add_32, or_32, and_32, xor_32, exchange_32, compare_32, plain_add_32;
    __u32 untouched;
};

MAP(HASH, table, __u32, struct cells, 4);
RESULTS(16);

SEC("xdp")
int operate(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    __u64 length = frame_length(ctx), operand;
    struct cells fresh = { .and = ~0ull, .and_32 = ~0u, .untouched = 0xaaaaaaaa }, *cells;
    __u32 key = 1;

    if (!eth)
        return XDP_ABORTED;
    bpf_map_update_elem(&table, &key, &fresh, BPF_NOEXIST);
    cells = bpf_map_lookup_elem(&table, &key);
    if (!cells)
        return XDP_ABORTED;
    operand = 0x0123456789abcdef * (length + eth->h_source[5]);

    record(0, __sync_fetch_and_add(&cells->add, operand));
    record(1, __sync_fetch_and_or(&cells->or, 1ull << (length & 63)));
    record(2, __sync_fetch_and_and(&cells->and, ~(1ull << (length & 63))));
    record(3, __sync_fetch_and_xor(&cells->xor, operand));
    record(4, __sync_lock_test_and_set(&cells->exchange, operand));
    // Succeeds on every frame whose length is even, as the cell then holds what is expected.
    record(5, __sync_val_compare_and_swap(&cells->compare, length & 1 ? ~cells->compare : cells->compare, operand));
    record(6, __sync_fetch_and_add(&cells->add_32, (__u32)operand));
    record(7, __sync_fetch_and_or(&cells->or_32, 1u << (length & 31)));
    record(8, __sync_fetch_and_and(&cells->and_32, ~(1u << (length & 31))));
    record(9, __sync_fetch_and_xor(&cells->xor_32, (__u32)operand));
    record(10, __sync_lock_test_and_set(&cells->exchange_32, (__u32)operand));
    record(11, __sync_val_compare_and_swap(&cells->compare_32, length & 1 ? cells->compare_32 : ~cells->compare_32, (__u32)operand));

    __sync_fetch_and_or(&cells->plain_or, operand);
    __sync_fetch_and_add(&cells->plain_add_32, (__u32)length);
    return XDP_PASS;
}

LICENSE("MIT");
