// The first slot of a bucket's chain that was linked before a change, which becomes that of its own.
static int hash_linked_before(const hash_map *m, uint bucket, uint *change)
{
    ulong seen = m->buckets[bucket];
    int slot = (int)seen;
    while (slot != NO_SLOT)
    {
        uint linked = m->linked[slot];
        int next = m->next[slot];
        mem_fence(CLK_GLOBAL_MEM_FENCE);
        ulong now = m->buckets[bucket];
        if (now != seen)
        {
            seen = now;
            slot = (int)seen;
            continue;
        }
        if ((int)(linked - *change) < 0)
        {
            *change = linked;
            return slot;
        }
        slot = next;
    }
    return NO_SLOT;
}

// The next element of a walk, bucket by bucket: what is linked into a bucket after the walk has come there is not met.
static int hash_next(const hash_map *m, uint *bucket, uint *change, uint *inside)
{
    for (; *bucket <= m->mask; (*bucket)++, *inside = 0)
    {
        if (!*inside)
        {
            *change = (uint)(m->buckets[*bucket] >> 32) + 1;
            *inside = 1;
        }
        int slot = hash_linked_before(m, *bucket, change);
        if (slot != NO_SLOT) return slot;
    }
    return NO_SLOT;
}
