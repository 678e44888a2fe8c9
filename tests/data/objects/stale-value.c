// SPDX-License-Identifier: MIT
// A value pointer kept across an update or delete of its key, read later in the same run. An update moves a value in a hash and an LRU
// hash, so the old pointer reads the old bytes; in arrays and per-CPU hashes it happens in place. A delete leaves the bytes readable.
// At most one update or delete lies between lookup and read: nothing here depends on which element a map reuses.
#include "object.h"

MAP(ARRAY, array, __u32, __u64, 4);
MAP(PERCPU_ARRAY, percpu_array, __u32, __u64, 4);
MAP(HASH, hash, __u32, __u64, 64);
MAP(PERCPU_HASH, percpu_hash, __u32, __u64, 64);
MAP(LRU_HASH, lru_hash, __u32, __u64, 1024);
RESULTS(32);

static __always_inline void read_after_update(__u32 slot, void *map, __u64 before, __u64 after)
{
    __u32 key = 2;
    __u64 *stale, *current;

    bpf_map_update_elem(map, &key, &before, BPF_ANY);
    stale = bpf_map_lookup_elem(map, &key);
    if (!stale)
        return;
    record(slot, *stale);
    record(slot + 1, bpf_map_update_elem(map, &key, &after, BPF_ANY));
    record(slot + 2, *stale);
    current = bpf_map_lookup_elem(map, &key);
    if (!current)
        return;
    record(slot + 3, *current);
}

static __always_inline void read_after_delete(__u32 slot, void *map, __u64 before)
{
    __u32 key = 3;
    __u64 *stale;

    bpf_map_update_elem(map, &key, &before, BPF_ANY);
    stale = bpf_map_lookup_elem(map, &key);
    if (!stale)
        return;
    record(slot, bpf_map_delete_elem(map, &key));
    record(slot + 1, *stale);
}

SEC("xdp")
int keep_pointers(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx);

    read_after_update(0, &array, length, length * 3);
    read_after_update(4, &percpu_array, length + 1, length * 5);
    read_after_update(8, &hash, length + 2, length * 7);
    read_after_update(12, &percpu_hash, length + 3, length * 9);
    read_after_update(16, &lru_hash, length + 4, length * 11);
    read_after_delete(20, &hash, length + 5);
    read_after_delete(22, &percpu_hash, length + 6);
    read_after_delete(24, &lru_hash, length + 7);
    return XDP_PASS;
}

LICENSE("MIT");
