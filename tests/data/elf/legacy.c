// The maps section of libbpf before 1.0.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def { unsigned int type, key_size, value_size, max_entries, map_flags; };

struct bpf_map_def SEC("maps") packets = {BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 256, 0};
struct bpf_map_def SEC("maps") ports = {.type = BPF_MAP_TYPE_DEVMAP, .key_size = 4, .value_size = 4};
struct bpf_map_def SEC("maps") blocked = {BPF_MAP_TYPE_HASH, 16, 1, 100, BPF_F_NO_PREALLOC};

SEC("xdp_count") int count(struct xdp_md *ctx) {
    __u32 key = 3;
    __u64 *value = bpf_map_lookup_elem(&packets, &key);
    if (value) ++*value;
    return bpf_redirect_map(&ports, 1, 0);
}

SEC("2/1") int block(struct xdp_md *ctx) {
    __u32 key[4] = {1, 2, 3, 4};
    return bpf_map_lookup_elem(&blocked, key) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
