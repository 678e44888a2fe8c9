// SPDX-License-Identifier: MIT
// Time, randomness and the processor's number. What they answer differs from run to run and is not recorded; what must hold of it is.
#include "object.h"

RESULTS(4);

SEC("xdp")
int draw(struct xdp_md *ctx)
{
    __u64 now = bpf_ktime_get_ns(), later;
    __u32 drawn = bpf_get_prandom_u32();

    // Time does not go backwards within a frame.
    later = bpf_ktime_get_ns();
    record(0, later < now);
    // The draw has 32 bits, the processor is one there could be.
    record(1, (__u64)drawn >> 32);
    record(2, bpf_get_smp_processor_id() < 1024);
    return (drawn & 1) + frame_length(ctx) * 2 >= 2 ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
