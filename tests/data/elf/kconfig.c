// Kernel configuration values of every type, strong and weak.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig __weak;
extern _Bool CONFIG_FLAG __kconfig;
extern enum libbpf_tristate CONFIG_STATE __kconfig;
extern char CONFIG_LETTER __kconfig;
extern int CONFIG_NUMBER __kconfig;
extern unsigned long CONFIG_LARGE __kconfig;
extern short CONFIG_NEGATIVE __kconfig;
extern char CONFIG_TEXT[8] __kconfig;
extern _Bool CONFIG_ABSENT __kconfig __weak;
extern int LINUX_ABSENT __kconfig __weak;

SEC("xdp") int configured(struct xdp_md *ctx) {
    unsigned long sum = LINUX_KERNEL_VERSION + LINUX_HAS_SYSCALL_WRAPPER + CONFIG_FLAG * 3 + CONFIG_STATE * 5 + CONFIG_LETTER * 7;
    sum = sum * 31 + CONFIG_NUMBER + CONFIG_LARGE + CONFIG_NEGATIVE + CONFIG_TEXT[2] + CONFIG_ABSENT + LINUX_ABSENT;
    return sum & 1 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int plain(struct xdp_md *ctx) { return CONFIG_ABSENT ? XDP_DROP : XDP_PASS; }

char _license[] SEC("license") = "GPL";
