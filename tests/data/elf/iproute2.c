// The maps section of iproute2, a static program, a section that nobody knows.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_elf_map { __u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx; };

struct bpf_elf_map SEC("maps") global_map = {BPF_MAP_TYPE_ARRAY, 4, 8, 2, 0, 1, 2};
struct bpf_elf_map SEC("maps") object_map = {BPF_MAP_TYPE_HASH, 4, 8, 3, 0, 2, 1};
struct bpf_elf_map SEC("maps") own_map = {BPF_MAP_TYPE_HASH, 4, 4, 4, 0, 3, 0};

__attribute__((used)) static SEC("prog") int entry(struct xdp_md *ctx) {
    __u32 key = 1;
    return bpf_map_lookup_elem(&global_map, &key) && bpf_map_lookup_elem(&own_map, &key) ? XDP_DROP : XDP_PASS;
}
