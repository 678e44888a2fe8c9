// A map of maps whose inner id no map has.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_elf_map { __u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx; };

struct bpf_elf_map SEC("maps") outer = {BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 2, 0, 1, 0, 9, 0};
struct bpf_elf_map SEC("maps") inner = {BPF_MAP_TYPE_ARRAY, 4, 4, 2, 0, 8, 0, 0, 1};

SEC("xdp") int entry(struct xdp_md *ctx) {
    __u32 key = 1;
    return bpf_map_lookup_elem(&outer, &key) && bpf_map_lookup_elem(&inner, &key) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
