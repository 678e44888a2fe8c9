// Code without a section of its own.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__attribute__((noinline)) int helper(int x) { return x * 5; }
int plain(struct xdp_md *ctx) { return helper(ctx->rx_queue_index) > 10; }
