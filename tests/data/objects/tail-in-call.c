// SPDX-License-Identifier: MIT
// A tail call made inside a called function: the target replaces that function only, and its code is what the caller gets back.
#include "object.h"

PROGRAM_ARRAY(targets, 2);
RESULTS(4);

SEC("xdp")
int target(struct xdp_md *ctx)
{
    record(0, frame_length(ctx));
    return 7;
}

static __noinline int hand_over(struct xdp_md *ctx, __u32 slot)
{
    int missed = 9;

    // The compiler must not conclude that 9 is all this function can return.
    opaque(missed);
    bpf_tail_call(ctx, &targets, slot);
    return missed;
}

SEC("xdp")
int call_then_tail(struct xdp_md *ctx)
{
    int reached = hand_over(ctx, 0);
    int missed = hand_over(ctx, 1);

    record(1, reached);
    record(2, missed);
    count(3);
    return reached == 7 && missed == 9 ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
