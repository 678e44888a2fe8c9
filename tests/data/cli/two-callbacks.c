// SPDX-License-Identifier: MIT
// Which function is called back is known only when the program runs.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static long one(__u32 round, void *context)
{
    (void)round, (void)context;
    return 0;
}

static long other(__u32 round, void *context)
{
    (void)round, (void)context;
    return 1;
}

SEC("xdp") int either(struct xdp_md *ctx)
{
    void *body = ctx->rx_queue_index ? other : one;

    bpf_loop(3, body, 0, 0);
    return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
