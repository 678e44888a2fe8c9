static void lru_add(const hash_map *m, int slot)
{
    int end = (int)m->slots, newest = m->older[end];
    m->older[slot] = newest;
    m->newer[slot] = end;
    m->newer[newest] = slot;
    m->older[end] = slot;
}

static void lru_remove(const hash_map *m, int slot)
{
    m->newer[m->older[slot]] = m->newer[slot];
    m->older[m->newer[slot]] = m->older[slot];
}

// A lookup that says that the key was used.
static int hash_use(const hash_map *m, const uchar *key)
{
    uint bucket = hash_bucket(m, key);
    int slot = NO_SLOT;
    for (bool done = false; !done;)
    {
        if (!try_lock(m->lock)) continue;
        slot = hash_find_in(m, bucket, key);
        if (slot != NO_SLOT)
        {
            lru_remove(m, slot);
            lru_add(m, slot);
        }
        unlock(m->lock);
        done = true;
    }
    return slot;
}
