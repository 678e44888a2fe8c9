// SPDX-License-Identifier: MIT
// Perf events with the packet: the whole of it, parts that end around the end of the linear part, and more than there is.
#include "frags.h"

struct {
    __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, sizeof(__u32));
} captured SEC(".maps");

RESULTS(8);

static __always_inline long put_out(struct xdp_md *ctx, __u64 taken)
{
    __u64 header[] = { bpf_xdp_get_buff_len(ctx), taken };

    return bpf_perf_event_output(ctx, &captured, BPF_F_CURRENT_CPU | taken << 32, header, sizeof(header));
}

SEC("xdp.frags")
int capture(struct xdp_md *ctx)
{
    __u64 length = bpf_xdp_get_buff_len(ctx);

    record(0, put_out(ctx, length));
    record(1, put_out(ctx, length + 1));
    record(2, put_out(ctx, LINEAR - 1));
    record(3, put_out(ctx, LINEAR));
    record(4, put_out(ctx, LINEAR + 1));
    record(5, put_out(ctx, FIRST_END));
    record(6, put_out(ctx, FIRST_END + 1));
    // Nothing of it, and behind a head that has moved.
    record(7, put_out(ctx, 0) + bpf_xdp_adjust_head(ctx, 20) + put_out(ctx, 64));
    return XDP_PASS;
}

LICENSE("Dual MIT/GPL");
