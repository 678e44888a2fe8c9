// SPDX-License-Identifier: MIT
// Kernel configuration values: the version that cards follow, and weak ones that nobody gives.
#include "object.h"

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_BPF_COOKIE __kconfig __weak;
extern enum libbpf_tristate CONFIG_CHAINRING_ABSENT __kconfig __weak;
extern char CONFIG_CHAINRING_NAME[12] __kconfig __weak;
extern unsigned long CONFIG_CHAINRING_LIMIT __kconfig __weak;
extern short CONFIG_CHAINRING_LEVEL __kconfig __weak;

RESULTS(6);

SEC("xdp")
int kernel_config(struct xdp_md *ctx)
{
    record(0, LINUX_KERNEL_VERSION >= (6 << 16) + (18 << 8));
    record(1, LINUX_HAS_BPF_COOKIE);
    record(2, CONFIG_CHAINRING_ABSENT);
    record(3, CONFIG_CHAINRING_NAME[frame_length(ctx) & 7]);
    record(4, CONFIG_CHAINRING_LIMIT);
    record(5, CONFIG_CHAINRING_LEVEL);
    return CONFIG_CHAINRING_ABSENT == TRI_NO ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
