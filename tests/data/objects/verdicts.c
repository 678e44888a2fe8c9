// SPDX-License-Identifier: MIT
// Every return code, also those above XDP_REDIRECT, which a driver treats as aborted.
#include "object.h"

#define RETURNS(NAME, CODE)                                        \
    SEC("xdp") int NAME(struct xdp_md *ctx)                        \
    {                                                              \
        (void)ctx;                                                 \
        return CODE;                                               \
    }

RETURNS(returns_aborted, XDP_ABORTED)
RETURNS(returns_drop, XDP_DROP)
RETURNS(returns_pass, XDP_PASS)
RETURNS(returns_tx, XDP_TX)
RETURNS(returns_redirect, XDP_REDIRECT)
RETURNS(returns_5, 5)
RETURNS(returns_31, 31)
RETURNS(returns_ffffffff, 0xffffffff)

// Frames of eight lengths in a row see all eight codes.
SEC("xdp")
int returns_by_length(struct xdp_md *ctx)
{
    switch (frame_length(ctx) & 7) {
    case 0: return XDP_PASS;
    case 1: return XDP_DROP;
    case 2: return XDP_TX;
    case 3: return XDP_ABORTED;
    case 4: return XDP_REDIRECT;
    case 5: return 5;
    case 6: return 31;
    default: return 0xffffffff;
    }
}

LICENSE("MIT");
