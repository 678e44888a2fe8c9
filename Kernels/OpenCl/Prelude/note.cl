// Keys that a frame will use, as hashes, each once: how many there are, and those that there is room for.
static void note_word(global uint *own, uint word)
{
    uint count = own[0];
    for (uint n = 0; n < count && n < MOST_NOTED; n++)
    {
        if (own[1 + n] == word) return;
    }
    if (count < MOST_NOTED) own[1 + count] = word;
    own[0] = count + 1;
}

static void note(global uint *own, uint map, const uchar *key, uint bytes)
{
    ulong hash = hash_mix(0x9e3779b97f4a7c15UL, map);
    for (uint at = 0; at < bytes; at++) hash = hash_mix(hash, key[at]);
    note_word(own, (uint)(hash >> 32));
}

// An element of an array.
static void note_element(global uint *own, uint map, ulong number) { note_word(own, (uint)(hash_mix(0x9e3779b97f4a7c15UL ^ map, number) >> 32)); }
