// SPDX-License-Identifier: MIT
// Chooses the frame's queue, which only programs on a card may.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int steer(struct xdp_md *ctx)
{
    ctx->rx_queue_index = 3;
    return XDP_PASS;
}

char _license[] SEC("license") = "MIT";
