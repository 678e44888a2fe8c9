// SPDX-License-Identifier: MIT
// What an update answers: every flag on every map kind, for a key that is there and one that is not; and a hash that fills up.
#include "object.h"

MAP(ARRAY, array, __u32, __u64, 4);
MAP(PERCPU_ARRAY, percpu_array, __u32, __u64, 4);
MAP(HASH, hash, __u32, __u64, 16);
MAP(PERCPU_HASH, percpu_hash, __u32, __u64, 16);
MAP(LRU_HASH, lru_hash, __u32, __u64, 1024);
MAP(HASH, full, __u32, __u64, 8);
RESULTS(64);

// Eight results for one map: two keys under ANY, NOEXIST, EXIST and a flag that does not exist.
static __always_inline void try_flags(__u32 slot, void *map, __u32 present, __u32 absent, __u64 value)
{
    record(slot + 0, bpf_map_update_elem(map, &present, &value, BPF_ANY));
    record(slot + 1, bpf_map_update_elem(map, &present, &value, BPF_NOEXIST));
    value++;
    record(slot + 2, bpf_map_update_elem(map, &present, &value, BPF_EXIST));
    record(slot + 3, bpf_map_update_elem(map, &absent, &value, BPF_EXIST));
    record(slot + 4, bpf_map_update_elem(map, &absent, &value, BPF_NOEXIST));
    value++;
    record(slot + 5, bpf_map_update_elem(map, &absent, &value, BPF_NOEXIST));
    record(slot + 6, bpf_map_update_elem(map, &present, &value, 32));
    record(slot + 7, bpf_map_update_elem(map, &present, &value, BPF_NOEXIST | BPF_EXIST));
}

SEC("xdp")
int try_updates(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx);
    __u32 refused = 0;

    // The index that an array does not have is its absent key.
    try_flags(0, &array, 3, 4, length);
    try_flags(8, &percpu_array, 3, 0xffffffff, length);
    try_flags(16, &hash, 7, 9, length);
    try_flags(24, &percpu_hash, 7, 9, length);
    try_flags(32, &lru_hash, 7, 9, length);

    for (__u32 i = 0; i < 12; i++) {
        __u32 key = i;
        __u64 value = length + i;
        long error = bpf_map_update_elem(&full, &key, &value, BPF_ANY);

        if (error) {
            refused++;
            record(40, error);
        }
    }
    record(41, refused);
    // A full hash still takes an update of a key it has; room comes back with a delete.
    {
        __u32 kept = 5, fresh = 100;

        record(42, bpf_map_update_elem(&full, &kept, &length, BPF_EXIST));
        record(43, bpf_map_update_elem(&full, &fresh, &length, BPF_NOEXIST));
        record(44, bpf_map_delete_elem(&full, &kept));
        record(45, bpf_map_update_elem(&full, &fresh, &length, BPF_NOEXIST));
        record(46, bpf_map_delete_elem(&full, &fresh));
    }
    return refused == 4 ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
