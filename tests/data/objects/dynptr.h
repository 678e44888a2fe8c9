// SPDX-License-Identifier: MIT
// The kfuncs of dynamic pointers; they are for programs under a GPL-compatible licence.
#pragma once

#include "object.h"

extern int bpf_dynptr_from_xdp(struct xdp_md *ctx, __u64 flags, struct bpf_dynptr *made) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 size) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 size) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *ptr, __u32 start, __u32 end) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *ptr) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *ptr, struct bpf_dynptr *made) __ksym;
extern int bpf_dynptr_copy(struct bpf_dynptr *to, __u32 to_offset, struct bpf_dynptr *from, __u32 from_offset, __u32 size) __ksym;

// bool in the kernel: it leaves anything above the lowest byte of these answers, and clang 14 relies on zeroes.
extern int bpf_dynptr_is_null(const struct bpf_dynptr *ptr) __ksym;
extern int bpf_dynptr_is_rdonly(const struct bpf_dynptr *ptr) __ksym;

static __always_inline __attribute__((unused)) __u8 is_null(const struct bpf_dynptr *ptr)
{
    return bpf_dynptr_is_null(ptr);
}

static __always_inline __attribute__((unused)) __u8 is_read_only(const struct bpf_dynptr *ptr)
{
    return bpf_dynptr_is_rdonly(ptr);
}
