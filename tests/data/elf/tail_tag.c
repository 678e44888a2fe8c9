#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 2);
    __uint(key_size, 4);
    __uint(value_size, 4);
} calls SEC(".maps");

#if CASE == 1
#define TAG "tail:calls"
#elif CASE == 2
#define TAG "tail:other/1"
#elif CASE == 3
#define TAG "tail:calls/1"
SEC("xdp") __attribute__((btf_decl_tag(TAG))) int also(struct xdp_md *ctx) { return XDP_DROP; }
#endif

SEC("xdp") __attribute__((btf_decl_tag(TAG))) int tagged(struct xdp_md *ctx) {
    bpf_tail_call(ctx, &calls, 1);
    return XDP_PASS;
}
