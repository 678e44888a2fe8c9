// SPDX-License-Identifier: MIT
// Calls a helper that the card does not have.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int asks(struct xdp_md *ctx)
{
    (void)ctx;
    return bpf_get_current_task() & 1 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
