// SPDX-License-Identifier: MIT
// bpf_redirect: its answer with and without flags, a later call that replaces an earlier one, and a call whose answer is not returned.
#include "object.h"

RESULTS(4);

SEC("xdp")
int redirect_frames(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx);
    long verdict;

    switch (length & 3) {
    case 0:
        verdict = bpf_redirect(1, 0);
        break;
    case 1:
        verdict = bpf_redirect(1, 1 + (length >> 2));
        break;
    case 2:
        record(0, bpf_redirect(2, 0));
        verdict = bpf_redirect(1, 0);
        break;
    default:
        record(1, bpf_redirect(ctx->ingress_ifindex, 0));
        verdict = XDP_PASS;
    }
    record(2, verdict);
    return verdict;
}

LICENSE("MIT");
