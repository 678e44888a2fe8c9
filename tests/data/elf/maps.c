// Every way to declare a map with type information.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct flow { __u32 src, dst; __u16 ports[2]; __u8 protocol; };
typedef struct flow flow_t;
typedef const flow_t *flow_pointer;

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __type(key, flow_t);
    __type(value, __u64[3]);
    __uint(max_entries, 1024);
} flows SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(key_size, 4);
    __uint(value_size, 16);
    __uint(max_entries, 5);
} counters SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, enum xdp_action);
    __type(value, flow_pointer);
    __uint(max_entries, 7);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(numa_node, 0);
} flagged SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, int);
    __type(value, long);
    __uint(max_entries, 2);
    __uint(pinning, LIBBPF_PIN_BY_NAME);
} chainring_test_pinned SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(key_size, 8);
    __uint(value_size, 4);
    __uint(max_entries, 16);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} routes SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
    __type(value, __u32);
    __uint(max_entries, 100);
    __uint(map_extra, 3);
} bloom SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
} ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(key_size, 4);
    __uint(max_entries, 3);
    __array(values, int(void *));
} jumps SEC(".maps");

struct inner {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, int);
    __type(value, int);
    __uint(max_entries, 1);
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __type(key, int);
    __uint(max_entries, 2);
    __array(values, struct inner);
} tables SEC(".maps");

SEC("xdp") int touch(struct xdp_md *ctx) {
    __u32 key = ctx->rx_queue_index;
    struct flow flow = {.src = key};
    void *found = bpf_map_lookup_elem(&flows, &flow);
    if (!found) found = bpf_map_lookup_elem(&counters, &key);
    if (!found) found = bpf_map_lookup_elem(&flagged, &key);
    if (!found) found = bpf_map_lookup_elem(&chainring_test_pinned, &key);
    if (!found) found = bpf_map_lookup_elem(&tables, &key);
    bpf_tail_call(ctx, &jumps, 1);
    return found ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
