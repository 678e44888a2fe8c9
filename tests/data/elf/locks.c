// Spin locks among global variables: where they are, and what libbpf makes of sections with and without variables to be seen from outside.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define private(name) SEC(".data." #name) __attribute__((visibility("hidden"), aligned(8)))

struct guarded { __u32 count; struct bpf_spin_lock lock; __u64 sum; };
struct outer { __u64 head; struct guarded inner; };

private(A) __u64 sum;
private(A) struct bpf_spin_lock sum_lock;
// No program may take one of two locks, nor one in an array: which of the section's it is cannot be said.
private(two) struct bpf_spin_lock one;
private(two) struct bpf_spin_lock other;
__attribute__((used)) static struct guarded several[2] SEC(".data.several");
static volatile __u64 head = 7;
static struct outer nested = { .inner.count = 3 };
struct guarded seen;

SEC("xdp") int take(struct xdp_md *ctx) {
    bpf_spin_lock(&sum_lock);
    sum += head;
    bpf_spin_unlock(&sum_lock);
    bpf_spin_lock(&nested.inner.lock);
    nested.inner.count++;
    bpf_spin_unlock(&nested.inner.lock);
    bpf_spin_lock(&seen.lock);
    seen.count++;
    bpf_spin_unlock(&seen.lock);
    return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
