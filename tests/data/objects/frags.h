// SPDX-License-Identifier: MIT
// Where a frame with fragments is cut, as the kernel's test run cuts it: the linear part ends where its page keeps its bookkeeping, each
// fragment is a page.
#pragma once

#include "object.h"

enum {
    LINEAR = 4096 - 256 - 320,
    PAGE = 4096,
    FIRST_END = LINEAR + PAGE,
};

// Bytes from the end of the frame to the end of its last fragment.
static __always_inline int room_behind(int length)
{
    return (LINEAR - length) & (PAGE - 1);
}
