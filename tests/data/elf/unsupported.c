// Instructions that have a name and that cards do not have, one for each CASE. Written as bytes, since clang 19 does not know them all.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#if CASE == 1
#define INSTRUCTION ".byte 0xbf, 0x11; .short 1; .long 1" // r1 = addr_space_cast(r1, 0, 1)
#elif CASE == 2
#define INSTRUCTION ".byte 0x0d, 0x01; .short 0; .long 0" // gotox r1
#elif CASE == 3
#define INSTRUCTION ".byte 0x8d, 0x01; .short 0; .long 0" // callx r1
#endif

SEC("xdp") int refused(struct xdp_md *ctx) {
    register long value asm("r1") = ctx->rx_queue_index;
    asm volatile(INSTRUCTION : "+r"(value));
    return value ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "MIT";
