static ulong hash_word(ulong before, int first) { return ((before & 0xffffffff00000000UL) + (1UL << 32)) | (uint)first; }

static void hash_link(const hash_map *m, int slot, uint bucket)
{
    ulong word = m->buckets[bucket], after = hash_word(word, slot);
    m->next[slot] = (int)word;
    m->linked[slot] = (uint)(after >> 32);
    mem_fence(CLK_GLOBAL_MEM_FENCE);
    m->buckets[bucket] = after;
}

static void hash_unlink(const hash_map *m, int slot, uint bucket)
{
    ulong word = m->buckets[bucket];
    int first = (int)word;
    if (first == slot)
    {
        first = m->next[slot];
    }
    else
    {
        int before = first;
        while (m->next[before] != slot) before = m->next[before];
        m->next[before] = m->next[slot];
    }
    mem_fence(CLK_GLOBAL_MEM_FENCE);
    m->buckets[bucket] = hash_word(word, first);
    mem_fence(CLK_GLOBAL_MEM_FENCE);
}

static void hash_release(const hash_map *m, int slot, uint bucket)
{
    hash_unlink(m, slot, bucket);
    if (m->lru) lru_remove(m, slot);
    m->free[2 + m->free[0]++] = slot;
}

// All of a value but its lock; under that, if it is asked for.
static void hash_write(const hash_map *m, int slot, const uchar *value, uint cpu, bool locks)
{
    global uchar *to = hash_value(m, slot, cpu);
    volatile global int *held = m->locks + slot;
    if (locks) lock(held);
    for (uint n = 0; n < m->value_size; n++)
    {
        if (m->lock_at < 0 || n < (uint)m->lock_at || n >= (uint)m->lock_at + 4) to[n] = value[n];
    }
    if (locks) unlock(held);
}

static void hash_fill(const hash_map *m, int slot, uint bucket, const uchar *key, const uchar *value, uint cpu)
{
    global uchar *own = m->keys + (ulong)(uint)slot * m->key_size;
    mem_fence(CLK_GLOBAL_MEM_FENCE);
    for (uint n = 0; n < m->key_size; n++) own[n] = key[n];
    hash_write(m, slot, value, cpu, false);
    hash_link(m, slot, bucket);
    if (m->lru) lru_add(m, slot);
}

static long hash_put(const hash_map *m, const uchar *key, const uchar *value, ulong flags, uint cpu)
{
    uint bucket = hash_bucket(m, key);
    int old = hash_find_in(m, bucket, key);
    if (old != NO_SLOT && (flags & 1) != 0) return -EEXIST;
    if (old == NO_SLOT && (flags & 2) != 0) return -ENOENT;
    if (old == NO_SLOT)
    {
        if (m->free[0] == 0)
        {
            if (!m->lru) return -E2BIG;
            int oldest = m->newer[m->slots];
            uchar evicted[MOST_KEY_BYTES];
            for (uint n = 0; n < m->key_size; n++) evicted[n] = m->keys[(ulong)(uint)oldest * m->key_size + n];
            hash_release(m, oldest, hash_bucket(m, evicted));
        }
        int slot = m->free[2 + --m->free[0]];
        for (uint other = 0; m->cpus > 1 && other < m->cpus; other++)
        {
            if (other != cpu) CLEAR(global, hash_value(m, slot, other), m->value_size);
        }
        hash_fill(m, slot, bucket, key, value, cpu);
    }
    else if (m->in_place || (flags & 4) != 0)
    {
        hash_write(m, old, value, cpu, (flags & 4) != 0);
    }
    else
    {
        int spare = m->free[1];
        m->free[1] = old;
        hash_fill(m, spare, bucket, key, value, cpu);
        hash_unlink(m, old, bucket);
        if (m->lru) lru_remove(m, old);
    }
    return 0;
}

// Who has the lock gives it back in the same round: threads that go in step would wait for each other for ever.
static ulong hash_update(const hash_map *m, const uchar *key, const uchar *value, ulong flags, uint cpu)
{
    if ((flags & ~4UL) > 2 || ((flags & 4) != 0 && m->lock_at < 0)) return -EINVAL;
    long answer = 0;
    for (bool done = false; !done;)
    {
        if (!try_lock(m->lock)) continue;
        answer = hash_put(m, key, value, flags, cpu);
        unlock(m->lock);
        done = true;
    }
    return answer;
}

static ulong hash_delete(const hash_map *m, const uchar *key)
{
    uint bucket = hash_bucket(m, key);
    int slot = NO_SLOT;
    for (bool done = false; !done;)
    {
        if (!try_lock(m->lock)) continue;
        slot = hash_find_in(m, bucket, key);
        if (slot != NO_SLOT) hash_release(m, slot, bucket);
        unlock(m->lock);
        done = true;
    }
    return slot == NO_SLOT ? (ulong)-ENOENT : 0;
}
