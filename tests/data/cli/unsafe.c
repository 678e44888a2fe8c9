// SPDX-License-Identifier: MIT
// A program that may read beyond the frame's end, and one that does not.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int reads_blindly(struct xdp_md *ctx)
{
    unsigned char *data = (unsigned char *)(long)ctx->data;

    return data[12] == 8 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int reads_what_is_there(struct xdp_md *ctx)
{
    unsigned char *data = (unsigned char *)(long)ctx->data;

    if (data + 14 > (unsigned char *)(long)ctx->data_end)
        return XDP_DROP;
    return data[12] == 8 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "MIT";
