// SPDX-License-Identifier: MIT
// Programs that say themselves, by a declaration tag, in which slot of which prog array they belong.
#include "object.h"

#define TAIL(MAP, INDEX) __attribute__((btf_decl_tag("tail:" #MAP "/" #INDEX)))

PROGRAM_ARRAY(calls, 4);
RESULTS(3);

SEC("xdp/tail") TAIL(calls, 1)
int on_odd(struct xdp_md *ctx)
{
    count(0);
    bpf_tail_call(ctx, &calls, 3);
    return XDP_ABORTED;
}

SEC("xdp/tail") TAIL(calls, 3)
int on_last(struct xdp_md *ctx)
{
    record(1, frame_length(ctx));
    return XDP_TX;
}

SEC("xdp/entry")
int entry(struct xdp_md *ctx)
{
    count(2);
    bpf_tail_call(ctx, &calls, frame_length(ctx) & 1);
    return XDP_PASS;
}

LICENSE("MIT");
