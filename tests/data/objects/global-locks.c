// SPDX-License-Identifier: MIT
// Spin locks in global variables: alone in a section of its own beside what it guards, as kernel tests write it, and within a structure in .data
// and in .bss.
#include "object.h"

#define private(NAME) SEC(".data." #NAME) __attribute__((visibility("hidden"), aligned(8)))

struct budget {
    __u32 spent;
    struct bpf_spin_lock lock;
    __u64 limit, frames;
};

private(A) struct bpf_spin_lock bytes_lock;
private(A) __u64 bytes;
private(A) __u64 longest;

static __u32 before = 5;
static struct budget budget = { .spent = 3, .limit = 9000 };
static struct budget odd;

RESULTS(3);

SEC("xdp")
int spend(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx), seen;
    int verdict = XDP_PASS;

    bpf_spin_lock(&bytes_lock);
    bytes += length;
    if (length > longest)
        longest = length;
    seen = bytes;
    bpf_spin_unlock(&bytes_lock);
    record(0, seen);

    bpf_spin_lock(&budget.lock);
    budget.frames++;
    if (budget.spent + length > budget.limit) {
        budget.spent = before;
        verdict = XDP_DROP;
    } else {
        budget.spent += length;
    }
    seen = budget.spent;
    bpf_spin_unlock(&budget.lock);
    record(1, seen);

    if (length & 1) {
        bpf_spin_lock(&odd.lock);
        odd.frames++;
        odd.spent += length;
        seen = odd.frames;
        bpf_spin_unlock(&odd.lock);
        record(2, seen);
    }
    return verdict;
}

LICENSE("GPL");
