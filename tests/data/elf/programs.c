// Several programs in shared and separate sections; subprograms global and static, shared and nested, called before and after
// their definition.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, __u64);
    __uint(max_entries, 4);
} hits SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32);
    __type(value, __u64);
    __uint(max_entries, 8);
} seen SEC(".maps");

static __noinline int leaf(int x) {
    __u32 key = x & 3;
    __u64 *value = bpf_map_lookup_elem(&hits, &key);
    if (value) __sync_fetch_and_add(value, 1);
    return x * 3 + 1;
}

__noinline int later(int x);

__noinline int inner(int x) {
    return leaf(x) + leaf(x + 1) + later(x);
}

__noinline int later(int x) {
    __u32 key = x & 1;
    __u64 *value = bpf_map_lookup_elem(&seen, &key);
    return value ? *value == 5 : leaf(x) + 7;
}

static __noinline int only_second(int x) {
    return later(x) ^ 0x55;
}

SEC("xdp") int first(struct xdp_md *ctx) {
    return inner(ctx->ingress_ifindex) & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int second(struct xdp_md *ctx) {
    return (only_second(ctx->rx_queue_index) + inner(2)) & 1 ? XDP_PASS : XDP_TX;
}

SEC("xdp") int alone(struct xdp_md *ctx) {
    return (void *)(long)ctx->data + 14 > (void *)(long)ctx->data_end ? XDP_ABORTED : XDP_PASS;
}

SEC("xdp.frags") int fragments(struct xdp_md *ctx) {
    return leaf(ctx->ingress_ifindex) > 100 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
