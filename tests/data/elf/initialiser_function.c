// A map of maps into which the object puts a function.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct inner {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, int);
    __type(value, int);
};

int caller(struct xdp_md *ctx);

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(key_size, 4);
    __uint(max_entries, 2);
    __array(values, struct inner);
} outer SEC(".maps") = {.values = {[1] = (void *)&caller}};

SEC("xdp") int caller(struct xdp_md *ctx) {
    int key = 1;
    return bpf_map_lookup_elem(&outer, &key) ? XDP_DROP : XDP_PASS;
}
