// Global data of every kind, by symbol and by section, with sections of its own.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 limit = 1500;
static const volatile __u16 hidden_limits[4] = {1, 2, 3, 4};
__u64 counter;
static volatile __u32 hidden[3];
int started = 7;
static volatile int hidden_started = -5;
int custom SEC(".data.custom") = 9;
static volatile int only_static SEC(".data.quiet") = 3;
const volatile char greeting[] SEC(".rodata.text") = "hello";
int late[2] SEC(".bss.late");

static __noinline __u32 pick(__u32 i) {
    return hidden_limits[i & 3] + hidden[1];
}

SEC("xdp") int globals(struct xdp_md *ctx) {
    counter++;
    started += custom + greeting[1];
    hidden_started++;
    hidden[2] += only_static;
    late[1] = pick(ctx->rx_queue_index);
    return limit > ctx->rx_queue_index ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int traced(struct xdp_md *ctx) {
    const char format[] = "from %s";
    bpf_trace_printk(format, sizeof(format), "x");
    return pick(1);
}

char _license[] SEC("license") = "GPL";
