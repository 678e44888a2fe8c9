// A table of functions for the kernel, which a card has no use for.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct tcp_congestion_ops { void (*init)(void *socket); char name[16]; };

SEC("struct_ops/init") void init(void *socket) {}

SEC(".struct_ops") struct tcp_congestion_ops none = {.init = init, .name = "none"};

char _license[] SEC("license") = "MIT";
