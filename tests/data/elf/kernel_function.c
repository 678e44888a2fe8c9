#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern void *bpf_cgroup_from_id(__u64 id) __ksym;

SEC("xdp") int grouped(struct xdp_md *ctx) {
    return bpf_cgroup_from_id(ctx->rx_queue_index) ? XDP_DROP : XDP_PASS;
}
