// SPDX-License-Identifier: MIT
// Loads that acquire and stores that release, of every size, on map values, global data and the stack: a ring with one writer and one reader, and
// a sequence number around a value. Written as bytes, since clang 19 does not know them.
#include "object.h"

// op: 0xd3 one byte, 0xcb two, 0xc3 four, 0xdb eight. r1 holds the address, r0 what is loaded or stored.
#define LOAD_ACQUIRE(OP, TYPE, ADDRESS) ({                                                      \
    register __u64 value asm("r0");                                                             \
    register const volatile TYPE *address asm("r1") = (ADDRESS);                                \
    asm volatile(".byte " #OP ", 0x10; .short 0; .long 0x100" : "=r"(value) : "r"(address) : "memory"); \
    value;                                                                                      \
})
#define STORE_RELEASE(OP, TYPE, ADDRESS, VALUE) ({                                              \
    register __u64 value asm("r0") = (VALUE);                                                   \
    register volatile TYPE *address asm("r1") = (ADDRESS);                                      \
    asm volatile(".byte " #OP ", 0x01; .short 0; .long 0x110" : : "r"(value), "r"(address) : "memory"); \
})

struct ring {
    __u32 head, tail;
    __u64 slots[8];
};

struct guarded {
    __u16 sequence;
    __u8 state;
    __u64 value;
};

MAP(ARRAY, rings, __u32, struct ring, 2);
RESULTS(8);

static struct guarded guarded;

SEC("xdp")
int access_in_order(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx), local = 0x1122334455667788, sequence;
    __u32 key = length & 1, head, tail;
    struct ring *ring = bpf_map_lookup_elem(&rings, &key);

    if (!ring)
        return XDP_ABORTED;
    head = LOAD_ACQUIRE(0xc3, __u32, &ring->head);
    tail = LOAD_ACQUIRE(0xc3, __u32, &ring->tail);
    if (head - tail < 8) {
        STORE_RELEASE(0xdb, __u64, &ring->slots[head & 7], length);
        STORE_RELEASE(0xc3, __u32, &ring->head, head + 1);
    }
    if (length & 2) {
        record(0, LOAD_ACQUIRE(0xdb, __u64, &ring->slots[tail & 7]));
        STORE_RELEASE(0xc3, __u32, &ring->tail, tail + 1);
    }

    sequence = LOAD_ACQUIRE(0xcb, __u16, &guarded.sequence);
    STORE_RELEASE(0xcb, __u16, &guarded.sequence, sequence + 0x10001);
    STORE_RELEASE(0xd3, __u8, &guarded.state, length);
    guarded.value += length;
    record(1, sequence);
    record(2, LOAD_ACQUIRE(0xd3, __u8, &guarded.state));
    record(3, LOAD_ACQUIRE(0xdb, __u64, &guarded.value));

    STORE_RELEASE(0xdb, __u64, &local, local + length);
    record(4, LOAD_ACQUIRE(0xd3, __u8, (__u8 *)&local));
    record(5, LOAD_ACQUIRE(0xcb, __u16, (__u16 *)&local + 1));
    record(6, LOAD_ACQUIRE(0xc3, __u32, (__u32 *)&local + 1));
    STORE_RELEASE(0xd3, __u8, (__u8 *)&local + 7, length);
    record(7, local);
    return XDP_PASS;
}

LICENSE("MIT");
