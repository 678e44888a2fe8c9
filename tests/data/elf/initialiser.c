#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int target(struct xdp_md *ctx);

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(key_size, 4);
    __uint(max_entries, 2);
    __array(values, int(void *));
} calls SEC(".maps") = {.values = {[1] = (void *)&target}};

SEC("xdp") int target(struct xdp_md *ctx) { return XDP_DROP; }

SEC("xdp") int caller(struct xdp_md *ctx) {
    bpf_tail_call(ctx, &calls, 1);
    return XDP_PASS;
}
