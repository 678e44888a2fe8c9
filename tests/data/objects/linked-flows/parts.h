// SPDX-License-Identifier: MIT
// What the halves know of each other.
#pragma once

struct flow {
    __u64 packets, bytes;
};

struct flows {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, __be32);
    __type(value, struct flow);
};

extern __u64 frames;

__u64 account(__be32 key, __u64 length);
int verdict_of(__u64 packets);
