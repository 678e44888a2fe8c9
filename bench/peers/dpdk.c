// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Runs eBPF by DPDK's JIT (librte_bpf) for `chainring bench`, which compiles this where DPDK is installed, and talks to it by pipes.
//
// Standard input, words of 32 bits in the machine's order:
//     maps, and for each: bytes of a value, values                        arrays of keys of 32 bits, all zero
//     programs, and for each: instructions, map references, then the instructions of 8 bytes, then for each reference its slot and the map
//     frames, and for each: bytes, then the bytes
// and then, as often as samples are wanted: batches, and 1 to run programs or 0 to put frames into the buffers only.
//
// Standard output, a line of JSON each: first {"refused": why} and the end, or {"verdicts": "212…"}, a digit for each frame in its order;
// then for each sample {"wall_ns": …, "cpu_ns": …}, nanoseconds a frame.
//
// A program is called with a pointer to the bytes of a frame, behind which, FRAME_BYTES on, stands its length. It goes on to the next one on
// XDP_PASS. Calls of function 0 look up a map: r1 is the map, r2 points to the key.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_bpf.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#define FRAME_BYTES 2048
#define BATCH 256
#define XDP_PASS 2
#define MOST 64

struct map {
    uint32_t value_bytes, values;
    uint8_t *memory;
};

struct frame {
    uint8_t bytes[FRAME_BYTES];
    uint32_t length;
    uint32_t unused[15];
};

struct stored {
    uint32_t length;
    uint8_t *bytes;
};

static struct map maps[MOST];
static uint64_t (*run[MOST])(void *);
static uint32_t programs;
static struct frame *buffers;
static struct stored *frames;
static uint32_t frame_count, next_frame;
static uint8_t verdicts[BATCH];

static void get(void *to, size_t bytes)
{
    if (bytes && fread(to, bytes, 1, stdin) != 1)
        exit(2);
}

static uint32_t word(void)
{
    uint32_t value;

    get(&value, sizeof(value));
    return value;
}

static void *memory(size_t bytes)
{
    void *zeros = aligned_alloc(64, (bytes + 63) / 64 * 64);

    if (!zeros)
        exit(2);
    return memset(zeros, 0, bytes);
}

static uint64_t lookup(uint64_t map, uint64_t key, uint64_t r3, uint64_t r4, uint64_t r5)
{
    const struct map *of = (const void *)map;
    uint32_t index = *(const uint32_t *)key;

    (void)r3, (void)r4, (void)r5;
    return index < of->values ? (uint64_t)(of->memory + (size_t)index * of->value_bytes) : 0;
}

// What went wrong, and DPDK's own words: the first line of its log, of which nothing may end the string.
static void refuse(const char *what, const char *log)
{
    printf("{\"refused\":\"%s: ", what);
    for (; *log && *log != '\n'; log++)
        putchar(*log == '"' || *log == '\\' || *log < ' ' ? ' ' : *log);
    printf("\"}\n");
    exit(0);
}

// Takes frames into the buffers and runs the programs over them.
static void batch(int runs)
{
    for (int n = 0; n < BATCH; n++) {
        struct stored *from = &frames[next_frame];

        memcpy(buffers[n].bytes, from->bytes, from->length);
        buffers[n].length = from->length;
        if (++next_frame == frame_count)
            next_frame = 0;
    }
    for (int n = 0; runs && n < BATCH; n++) {
        uint32_t verdict = XDP_PASS;

        for (uint32_t p = 0; p < programs && verdict == XDP_PASS; p++)
            verdict = run[p](&buffers[n]);
        verdicts[n] = verdict < 9 ? verdict : 9;
    }
}

static double now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static void load(uint32_t map_count, FILE *log, char **words, size_t begin)
{
    struct rte_bpf_xsym symbols[1 + MOST] = { {
        .name = "lookup", .type = RTE_BPF_XTYPE_FUNC,
        .func = { .val = lookup, .nb_args = 2, .args = {
            { .type = RTE_BPF_ARG_PTR, .size = sizeof(struct map) }, { .type = RTE_BPF_ARG_PTR, .size = sizeof(uint32_t) },
        } },
    } };

    for (uint32_t m = 0; m < map_count; m++) {
        symbols[1 + m] = (struct rte_bpf_xsym){ .name = "map", .type = RTE_BPF_XTYPE_VAR, .var = { .val = &maps[m], .desc = { .type = RTE_BPF_ARG_PTR, .size = sizeof(struct map) } } };
    }
    programs = word();
    if (programs > MOST)
        exit(2);
    for (uint32_t p = 0; p < programs; p++) {
        uint32_t instructions = word(), references = word();
        struct ebpf_insn *code = memory(instructions * sizeof(*code));
        struct rte_bpf_prm how = { .ins = code, .nb_ins = instructions, .xsym = symbols, .nb_xsym = 1 + map_count, .prog_arg = { .type = RTE_BPF_ARG_PTR, .size = sizeof(struct frame) } };
        struct rte_bpf_jit jit;
        struct rte_bpf *loaded;

        get(code, instructions * sizeof(*code));
        // What is looked up is as large as the values of the one map that a program has.
        symbols[0].func.ret = (struct rte_bpf_arg){ .type = RTE_BPF_ARG_RAW, .size = sizeof(uint64_t) };
        for (uint32_t r = 0; r < references; r++) {
            uint32_t slot = word(), map = word();
            uint64_t address;

            if (slot + 1 >= instructions || map >= map_count)
                exit(2);
            address = (uint64_t)&maps[map];
            code[slot].imm = (int32_t)address;
            code[slot + 1].imm = (int32_t)(address >> 32);
            symbols[0].func.ret = (struct rte_bpf_arg){ .type = RTE_BPF_ARG_PTR, .size = maps[map].value_bytes };
        }
        loaded = rte_bpf_load(&how);
        fflush(log);
        if (!loaded)
            refuse("rte_bpf_load", (*words)[begin] ? *words + begin : rte_strerror(rte_errno));
        if (rte_bpf_get_jit(loaded, &jit) || !jit.func)
            refuse("rte_bpf_get_jit", "no code for this processor");
        run[p] = jit.func;
    }
}

int main(int count, char **arguments)
{
    char *words = "";
    size_t length, begin;
    FILE *log = open_memstream(&words, &length);
    uint32_t map_count;

    fflush(log);
    rte_openlog_stream(log);
    if (rte_eal_init(count, arguments) < 0) {
        fflush(log);
        refuse("rte_eal_init", words);
    }
    fflush(log);
    begin = length; // What it said of the machine is no one's question.
    map_count = word();
    if (map_count > MOST)
        exit(2);
    for (uint32_t m = 0; m < map_count; m++) {
        maps[m].value_bytes = word();
        maps[m].values = word();
        maps[m].memory = memory((size_t)maps[m].value_bytes * maps[m].values);
    }
    load(map_count, log, &words, begin);

    frame_count = word();
    frames = memory(frame_count * sizeof(*frames));
    buffers = memory(BATCH * sizeof(*buffers));
    for (uint32_t n = 0; n < frame_count; n++) {
        frames[n].length = word();
        if (frames[n].length > FRAME_BYTES)
            exit(2);
        frames[n].bytes = memory(frames[n].length);
        get(frames[n].bytes, frames[n].length);
    }

    printf("{\"verdicts\":\"");
    for (uint32_t done = 0; done < frame_count; done += BATCH) {
        batch(1);
        for (uint32_t n = 0; n < BATCH && done + n < frame_count; n++)
            putchar('0' + verdicts[n]);
    }
    printf("\"}\n");
    fflush(stdout);

    for (uint32_t batches; fread(&batches, sizeof(batches), 1, stdin) == 1;) {
        int runs = word();
        double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_THREAD_CPUTIME_ID);

        for (uint32_t b = 0; b < batches; b++)
            batch(runs);
        cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
        wall = now(CLOCK_MONOTONIC) - wall;
        printf("{\"wall_ns\":%.4f,\"cpu_ns\":%.4f}\n", wall / batches / BATCH, cpu / batches / BATCH);
        fflush(stdout);
    }
    return 0;
}
