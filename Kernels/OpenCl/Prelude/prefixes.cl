// Longest prefixes: a binary trie in which only nodes with a prefix of their own or with two children exist.
typedef struct
{
    global const uchar *data;
    volatile global int *length, *place, *children;
    volatile global long *state; // changes so far, the root
    uint data_size;
} prefix_tree;

static int prefix_common(const prefix_tree *t, int node, const uchar *data, int bits)
{
    for (int n = 0; 8 * n < bits; n++)
    {
        uint differing = t->data[(ulong)(uint)node * t->data_size + n] ^ data[n];
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
        int found = -1, node = (int)t->state[1], above = -1;
        while (node != -1)
        {
            int own = t->length[node];
            if (own <= above || own > (int)length || prefix_common(t, node, data, own) < own) break;
            int place = t->place[node];
            if (place != -1) found = place;
            if (own == (int)length) break;
            above = own;
            node = t->children[2 * node + (data[own / 8] >> (7 - own % 8) & 1)];
        }
        mem_fence(CLK_GLOBAL_MEM_FENCE);
        if (t->state[0] == changes) return found;
    }
}
