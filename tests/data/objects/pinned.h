// SPDX-License-Identifier: MIT
// The map that pinned-writer and pinned-reader share by its name.
#pragma once

#include "object.h"

struct sighting {
    __u64 frames;
    __u32 last_length;
    __u32 read;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 512);
    __type(key, __u16);
    __type(value, struct sighting);
    __uint(pinning, LIBBPF_PIN_BY_NAME);
} shared_sightings SEC(".maps");
