// Longest prefixes: a binary trie in which only nodes with a prefix of their own or with two children exist.
typedef struct
{
    volatile global int *nodes;  // of each: length, place, children, data
    volatile global long *state; // changes so far, the root, where the first node begins
    uint node_words, data_size;
} prefix_tree;

static int prefix_common(volatile global int *node, const uchar *data, int bits)
{
    global const uchar *own = (global const uchar *)(node + 4);

    for (int n = 0; 8 * n < bits; n++)
    {
        uint differing = own[n] ^ data[n];
        if (differing != 0) return min(bits, 8 * n + (int)clz(differing) - 24);
    }
    return bits;
}

// The place of the value of the longest prefix of a key, which begins with a length; -1 if there is none.
static int prefix_find(const prefix_tree *t, const uchar *key)
{
    uint length = (uint)LOAD(private, u32, key);
    const uchar *data = key + 4;
    if (length > 8 * t->data_size) return -1;
    while (true)
    {
        long changes = t->state[0];
        int found = -1, next = (int)t->state[1], above = -1;
        while (next != -1)
        {
            volatile global int *node = t->nodes + t->state[2] + (ulong)(uint)next * t->node_words;
            int own = node[0], place = node[1];
            if (own <= above || own > (int)length || prefix_common(node, data, own) < own) break;
            if (place != -1) found = place;
            if (own == (int)length) break;
            above = own;
            next = node[2 + (data[own / 8] >> (7 - own % 8) & 1)];
        }
        mem_fence(CLK_GLOBAL_MEM_FENCE);
        if (t->state[0] == changes) return found;
    }
}
