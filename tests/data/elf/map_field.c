// Declarations that are refused, by the number in CASE.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct nothing;

struct {
#if CASE == 2
    __uint(max_entries, 1);
#else
    __uint(type, BPF_MAP_TYPE_ARRAY);
#endif
#if CASE == 1
    __uint(colour, 3);
#elif CASE == 3
    __type(key, int);
    __uint(key_size, 8);
#elif CASE == 4
    __type(value, int);
    __uint(value_size, 8);
#elif CASE == 5
    __uint(pinning, 2);
#elif CASE == 6
    __type(key, struct nothing);
#elif CASE == 7
    int max_entries;
#elif CASE == 8
    __uint(value_size, 8);
    __array(values, int(void *));
#elif CASE == 9
    __uint(max_entries, 0xfffffff0);
#endif
} refused SEC(".maps");

SEC("xdp") int caller(struct xdp_md *ctx) {
    int key = 0;
    return bpf_map_lookup_elem(&refused, &key) != 0;
}
