// SPDX-License-Identifier: MIT
// Shows what the command's --seed and --clock decide: each frame's draw and time go into a map, and the draw tosses for the verdict.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct seen {
    __u64 drawn;
    __u64 time;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, __u64); // number of the frame
    __type(value, struct seen);
} draws SEC(".maps");

__u64 frames;                  // .bss
__u64 runs = 1;                // .data
const volatile __u64 step = 1; // .rodata

SEC("xdp")
int draw(struct xdp_md *ctx)
{
    struct seen seen = {.drawn = bpf_get_prandom_u32(), .time = bpf_ktime_get_ns()};
    __u64 number = frames;

    (void)ctx;
    bpf_map_update_elem(&draws, &number, &seen, BPF_ANY);
    frames += step;
    runs += step;
    return seen.drawn & 1 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "MIT";
