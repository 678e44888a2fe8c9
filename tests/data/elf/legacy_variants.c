// Records of other loaders in maps sections: more fields, fields of other names, a pinning word in another place.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_map_def { unsigned int type, key_size, value_size, max_entries, map_flags, pinning; char namespace[40]; };

struct bpf_map_def SEC("maps/flows") flows = {.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 16, .pinning = 2};
struct bpf_map_def SEC("maps/ports") ports = {.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 2, .max_entries = 3, .map_flags = BPF_F_MMAPABLE};

struct bpf_elf_map { __u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx, spare; };
struct bpf_elf_map SEC("maps") elf = {.type = BPF_MAP_TYPE_LRU_HASH, .size_key = 8, .size_value = 16, .max_elem = 5, .pinning = 2};

SEC("xdp") int entry(struct xdp_md *ctx) {
    __u64 key = 1;
    return bpf_map_lookup_elem(&flows, &key) && bpf_map_lookup_elem(&ports, &key) && bpf_map_lookup_elem(&elf, &key) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
