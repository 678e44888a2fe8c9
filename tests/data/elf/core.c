// Every kind of type relocation, against core_target.c, where the same types are laid out otherwise, and lack some things.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

typedef unsigned int counter_t;

enum state { STATE_IDLE, STATE_BUSY = 5, STATE_GONE = 9 };
enum wide { WIDE_A = 1, WIDE_B = 2 };
struct only_here { int x; };
union both { __u32 word; __u8 bytes[4]; };
struct forward;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct inner { __u16 a, b; };

struct sample {
    __u32 first;
    __u16 second;
    __u8 third;
    counter_t typed;
    struct inner nested[3];
    struct { __u32 anonymous; union { __u64 deep; __u32 shallow; }; };
    __u32 small : 5, wide : 20;
    __s32 negative : 7;
    int changed_sign;
    __u64 gone;
    enum state state;
    struct forward *pointer;
    __u8 tail[];
};

struct sample___old { __u32 first; __u32 renamed; };
struct sample___new { __u32 first; __u32 name; };

struct grown { __u64 lead; __u32 value; };

#pragma clang attribute pop

struct matched { int x; struct inner *p; };
struct unmatched { int x; int y; };

#define BEGIN(TYPE, P)                                              \
    TYPE *P = (void *)(long)ctx->data;                              \
    if ((void *)P + 400 > (void *)(long)ctx->data_end) return XDP_DROP

SEC("xdp") int fields(struct xdp_md *ctx) {
    BEGIN(struct sample, s);
    __u64 sum = s->first + s->second * 3 + s->third * 5 + s->typed * 7;
    sum += s->nested[2].b + s->anonymous * 9 + s->deep * 11 + s->shallow;
    sum += s->tail[17];
    s->first = sum;
    s->nested[1].a = 7;
    s->third = 3;
    s->typed += 2;
    return sum & 1 ? XDP_PASS : XDP_TX;
}

SEC("xdp") int bits(struct xdp_md *ctx) {
    BEGIN(struct sample, s);
    __s64 sum = BPF_CORE_READ_BITFIELD(s, small) + BPF_CORE_READ_BITFIELD(s, wide) * 3 + BPF_CORE_READ_BITFIELD(s, negative) * 5;
    return sum > 100 ? XDP_PASS : XDP_TX;
}

SEC("xdp") int guarded(struct xdp_md *ctx) {
    BEGIN(struct sample, s);
    int sum = 0;
    if (bpf_core_field_exists(s->gone)) sum += s->gone;
    if (bpf_core_field_size(s->changed_sign) == 4) sum += s->changed_sign;
    struct sample___old *old = (void *)s;
    struct sample___new *new = (void *)s;
    if (bpf_core_field_exists(old->renamed)) sum += old->renamed;
    else if (bpf_core_field_exists(new->name)) sum += new->name;
    if (bpf_core_type_exists(struct only_here)) sum += bpf_core_type_size(struct only_here);
    if (bpf_core_enum_value_exists(enum state, STATE_GONE)) sum += bpf_core_enum_value(enum state, STATE_GONE);
    return sum > 100 ? XDP_PASS : XDP_TX;
}

SEC("xdp") int facts(struct xdp_md *ctx) {
    BEGIN(struct grown, g);
    struct sample *s = (void *)g;
    __u64 sum = bpf_core_field_size(s->nested) + bpf_core_field_size(s->nested[1]) + bpf_core_field_exists(s->nested[2]) * 3;
    sum = sum * 31 + __builtin_preserve_field_info(s->changed_sign, BPF_FIELD_SIGNED);
    sum = sum * 31 + __builtin_preserve_field_info(s->second, BPF_FIELD_SIGNED);
    sum = sum * 31 + __builtin_preserve_field_info(s->pointer, BPF_FIELD_EXISTS);
    sum = sum * 31 + bpf_core_type_size(struct sample) + bpf_core_type_size(union both) * 3;
    sum = sum * 31 + bpf_core_type_exists(counter_t) + bpf_core_type_exists(union both) * 3 + bpf_core_type_exists(struct only_here) * 5;
    sum = sum * 31 + bpf_core_enum_value(enum state, STATE_BUSY) + bpf_core_enum_value(enum wide, WIDE_B);
    sum = sum * 31 + bpf_core_type_id_local(struct grown) + bpf_core_type_id_kernel(struct grown);
#if __clang_major__ >= 15
    sum = sum * 31 + bpf_core_type_matches(struct matched) + bpf_core_type_matches(struct unmatched) * 3 + bpf_core_type_matches(enum state) * 5;
#endif
    g->value = sum;
    return g->lead == sum ? XDP_PASS : XDP_TX;
}

char _license[] SEC("license") = "GPL";
