#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int CONFIG_HZ __kconfig;

SEC("xdp") int configured(struct xdp_md *ctx) {
    return CONFIG_HZ > 100 ? XDP_DROP : XDP_PASS;
}
