// Maps of maps as the samples of Linux declared them: the outer map names another by its number in the section.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def_legacy { unsigned int type, key_size, value_size, max_entries, map_flags, inner_map_idx, numa_node; };

struct bpf_map_def_legacy SEC("maps") ports = {.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 16};
struct bpf_map_def_legacy SEC("maps") flows = {.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 2, .max_entries = 5, .map_flags = BPF_F_NO_PREALLOC};
struct bpf_map_def_legacy SEC("maps") by_queue = {.type = BPF_MAP_TYPE_ARRAY_OF_MAPS, .key_size = 4, .value_size = 4, .max_entries = 2, .inner_map_idx = 1};
struct bpf_map_def_legacy SEC("maps") by_name = {.type = BPF_MAP_TYPE_HASH_OF_MAPS, .key_size = 4, .max_entries = 3};

SEC("xdp") int entry(struct xdp_md *ctx) {
    __u32 key = 1;
    return bpf_map_lookup_elem(&by_queue, &key) && bpf_map_lookup_elem(&by_name, &key) && bpf_map_lookup_elem(&ports, &key)
        && bpf_map_lookup_elem(&flows, &key) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
