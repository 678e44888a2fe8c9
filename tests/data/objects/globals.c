// SPDX-License-Identifier: MIT
// Global data: a constant table, text and configuration in .rodata, initialised state in .data, zeroed state in .bss,
// a static variable in a function.
#include "object.h"

struct config {
    __u32 threshold;
    __u16 port;
    __u8 enabled;
};

const volatile struct config config = { .threshold = 100, .port = 53, .enabled = 1 };
const __u8 weights[16] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3 };
const char marker[8] = "chain=1";

__u64 frames = 1000;
__u32 history[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static __u32 step = 3;

__u64 bytes;
__u64 long_frames;
__u8 last_address[ETH_ALEN];
static __u64 weighted[4];

static __u32 next_ticket(void)
{
    static __u32 ticket = 77;

    ticket += step;
    return ticket;
}

SEC("xdp")
int use_globals(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    __u32 length = frame_length(ctx);

    if (!eth || !config.enabled)
        return XDP_ABORTED;
    frames++;
    bytes += length;
    if (length > config.threshold)
        long_frames++;
    history[frames & 7] = length * weights[length & 15];
    weighted[length & 3] += weights[eth->h_source[5] & 15] + marker[length & 7];
    __builtin_memcpy(last_address, eth->h_source, ETH_ALEN);
    step ^= length & 1;
    return next_ticket() % 5 ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
