// Prog arrays that are filled in the object: by static initialisers, with global and static functions, and by tags.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int second(struct xdp_md *ctx);
__attribute__((used)) static SEC("xdp/4") int fourth(struct xdp_md *ctx) { return XDP_TX; }

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 8);
    __uint(key_size, 4);
    __array(values, int(void *));
} calls SEC(".maps") = {.values = {[2] = (void *)&second, [4] = (void *)&fourth}};

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 8);
    __type(key, __u32);
    __type(value, __u32);
} marked SEC(".maps");

SEC("xdp/2") __attribute__((btf_decl_tag("tail:marked/7"))) __attribute__((btf_decl_tag("other"))) int second(struct xdp_md *ctx) { return XDP_DROP; }

SEC("xdp") int entry(struct xdp_md *ctx) {
    bpf_tail_call(ctx, &calls, ctx->rx_queue_index);
    bpf_tail_call(ctx, &marked, ctx->rx_queue_index);
    return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
