// Hashes: a bucket is one word, the first slot of its chain below and the changes so far above; every change of the chain changes the word.
typedef struct
{
    global uchar *keys;
    volatile global ulong *buckets;
    volatile global int *next;
    global uint *linked;
    global int *free;           // how many, the spare slot, and the slots to take
    volatile global int *lock;
    global int *older, *newer;  // of an LRU map: the ring of slots, whose end is the last
    volatile global int *locks; // in values, by slot
    global uchar *values;
    uint key_size, value_size, stride, slots, mask, cpus;
    int lock_at;                // where a value has its lock; -1 if it has none
    bool in_place, lru;
} hash_map;

#define NO_SLOT (-1)

static ulong hash_mix(ulong hash, ulong word)
{
    ulong x = hash ^ word;
    return mul_hi(x, 0xd6e8feb86659fd93UL) ^ (x * 0xd6e8feb86659fd93UL);
}

static uint hash_bucket(const hash_map *m, const uchar *key)
{
    ulong hash = 0x9e3779b97f4a7c15UL, last = 0;
    uint at = 0;
    for (; at + 8 <= m->key_size; at += 8) hash = hash_mix(hash, LOAD(private, u64, key + at));
    for (; at < m->key_size; at++) last = last << 8 | key[at];
    return (uint)(hash_mix(hash, last) >> 32) & m->mask;
}

static bool hash_is(const hash_map *m, int slot, const uchar *key)
{
    global const uchar *own = m->keys + (ulong)(uint)slot * m->key_size;
    uint differs = 0;
    for (uint n = 0; n < m->key_size; n++) differs |= own[n] ^ key[n];
    return differs == 0;
}

static int hash_find_in(const hash_map *m, uint bucket, const uchar *key)
{
    ulong seen = m->buckets[bucket];
    int slot = (int)seen;
    while (slot != NO_SLOT)
    {
        bool found = hash_is(m, slot, key);
        int next = m->next[slot];
        mem_fence(CLK_GLOBAL_MEM_FENCE);
        ulong now = m->buckets[bucket];
        if (now != seen)
        {
            seen = now;
            slot = (int)seen;
            continue;
        }
        if (found) return slot;
        slot = next;
    }
    return NO_SLOT;
}

static int hash_find(const hash_map *m, const uchar *key) { return hash_find_in(m, hash_bucket(m, key), key); }

static global uchar *hash_value(const hash_map *m, int slot, uint cpu)
{
    return m->values + ((ulong)(uint)slot * m->cpus + (m->cpus == 1 ? 0 : cpu)) * m->stride;
}
