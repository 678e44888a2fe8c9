// SPDX-License-Identifier: MIT
// Has a map of a type that the card does not have.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_STACK_TRACE);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __uint(value_size, 64);
} stacks SEC(".maps");

SEC("xdp")
int traces(struct xdp_md *ctx)
{
    return bpf_get_stackid(ctx, &stacks, 0) ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
