// A field that the target of core.c lacks, used without a question: at once, and behind a branch.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct xdp_md___more { __u32 data, data_end, nowhere; };
#pragma clang attribute pop

SEC("xdp") int at_once(struct xdp_md___more *ctx) { return ctx->nowhere; }

SEC("xdp") int behind_a_branch(struct xdp_md___more *ctx) {
    struct xdp_md *md = (void *)ctx;
    if (md->rx_queue_index > 1000) return XDP_DROP;
    return ctx->nowhere;
}

char _license[] SEC("license") = "GPL";
