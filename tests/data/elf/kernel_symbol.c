#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern const int jiffies __ksym;

SEC("xdp") int stamped(struct xdp_md *ctx) {
    return (long)&jiffies & 64 ? XDP_DROP : XDP_PASS;
}
