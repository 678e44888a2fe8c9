// Half of two objects that are to be linked.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int elsewhere(int x);

SEC("xdp") int half(struct xdp_md *ctx) {
    return elsewhere(ctx->rx_queue_index);
}
