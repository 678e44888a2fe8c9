// Functions passed by address, static and global, one of which calls another.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct state { __u32 sum; };

static __noinline __u32 weigh(__u32 i) {
    return i * 2 + bpf_get_smp_processor_id();
}

static int add(__u32 i, struct state *state) {
    state->sum += weigh(i);
    return 0;
}

int add_global(__u32 i, struct state *state) {
    if (!state) return 1;
    state->sum += 1;
    return 0;
}

SEC("xdp") int loops(struct xdp_md *ctx) {
    struct state state = {0};
    bpf_loop(4, add, &state, 0);
    bpf_loop(5, add, &state, 0);
    return state.sum > 20 ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int loops_again(struct xdp_md *ctx) {
    struct state state = {weigh(3)};
    bpf_loop(2, add, &state, 0);
    return state.sum > 20 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
