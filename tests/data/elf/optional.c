// A program that is not to be loaded unasked, and a weak function, which another object may define anew.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__weak __noinline int verdict_of(__u32 queue) { return queue & 1 ? XDP_DROP : XDP_PASS; }

SEC("?xdp") int optional(struct xdp_md *ctx) { return verdict_of(ctx->rx_queue_index); }

char _license[] SEC("license") = "MIT";
