// SPDX-License-Identifier: MIT
// What a delete answers on each map kind: key there, key gone, key never there; and that a deleted value starts anew.
#include "object.h"

MAP(ARRAY, array, __u32, __u64, 4);
MAP(PERCPU_ARRAY, percpu_array, __u32, __u64, 4);
MAP(HASH, hash, __u64, __u64, 16);
MAP(PERCPU_HASH, percpu_hash, __u64, __u64, 16);
MAP(LRU_HASH, lru_hash, __u64, __u64, 1024);
RESULTS(32);

static __always_inline void try_delete(__u32 slot, void *map, __u64 key, __u64 value)
{
    __u64 other = ~key;

    record(slot + 0, bpf_map_update_elem(map, &key, &value, BPF_ANY));
    record(slot + 1, bpf_map_delete_elem(map, &key));
    record(slot + 2, bpf_map_delete_elem(map, &key));
    record(slot + 3, bpf_map_delete_elem(map, &other));
    record(slot + 4, bpf_map_lookup_elem(map, &key) != NULL);
    record(slot + 5, bpf_map_update_elem(map, &key, &value, BPF_NOEXIST));
}

SEC("xdp")
int try_deletes(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx), key = length & 7;
    __u32 index = 1, beyond = 4;

    try_delete(0, &hash, key, length);
    try_delete(6, &percpu_hash, key, length);
    try_delete(12, &lru_hash, key, length);

    record(18, bpf_map_update_elem(&array, &index, &length, BPF_ANY));
    record(19, bpf_map_delete_elem(&array, &index));
    record(20, bpf_map_delete_elem(&array, &beyond));
    record(21, bpf_map_lookup_elem(&array, &beyond) != NULL);
    record(22, bpf_map_delete_elem(&percpu_array, &index));
    record(23, bpf_map_delete_elem(&percpu_array, &beyond));
    record(24, bpf_map_lookup_elem(&percpu_array, &beyond) != NULL);

    // A key made again reads its new value, not the deleted one.
    {
        __u64 sum = 0, *value = bpf_map_lookup_elem(&hash, &key);

        if (value)
            sum = ++*value;
        bpf_map_delete_elem(&hash, &key);
        value = bpf_map_lookup_elem(&hash, &key);
        record(25, sum + (value ? 1000000 : 0));
    }
    return XDP_PASS;
}

LICENSE("MIT");
