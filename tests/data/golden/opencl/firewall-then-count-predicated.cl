// xdp_firewall+xdp_counter: commutative, it adds to map values where nothing reads what sums change, and writes nothing else that frames share.
// All frames of a batch run at once.
__attribute__((reqd_work_group_size(64, 1, 1)))
kernel void chain(global uchar *restrict packets,
    global uchar *restrict records,
    global const int *restrict numbers,
    global uint *restrict outcomes,
    global ushort *restrict ways,
    const uint count,
    const uint stride,
    const uint cpu,
    const ulong seed,
    const ulong wall,
    const ulong tai,
    global const uint *restrict stop,
    global uchar *m0_values,
    global uchar *m0_keys,
    global ulong *m0_buckets,
    global int *m0_next,
    global uchar *m1_values)
{
// blocked_ports
const hash_map m0 = { m0_keys, m0_buckets, m0_next, (global uint *)0, (global int *)0, (global int *)0, (global int *)0, (global int *)0, (global int *)0, m0_values, 2, 8, 8, 1025, 2047, 1, -1, false, false };
const uint n = get_global_id(0);
if (n < count)
{
FETCH(packets + (ulong)numbers[min(n + 16, count - 1)] * stride + 256);
const int number = numbers[n];
global uchar *packet = packets + (ulong)number * stride, *record = records + (ulong)number * RECORD_BYTES;
frame_place frame = { (uint)LOAD(global, u32, record + RECORD_META), (uint)LOAD(global, u32, record + RECORD_DATA), (uint)LOAD(global, u32, record + RECORD_END), (uint)LOAD(global, u32, record + RECORD_FRAGMENTS) };
if (frame.fragments != 0) outcomes[n] = 5632;
else if (*stop != 0) outcomes[n] = 7936;
else
{
uint outcome = 0, logged = 0, draws = 0, tail_calls = 0, tail_outcome = 0;
ulong executed = 0;
uchar stack[1024] __attribute__((aligned(8)));
ulong v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15;
ulong v16;
bool in0 = true, in1 = false, in2 = false, in3 = false, in4 = false, in5 = false, in6 = false, in7 = false, in8 = false, in9 = false, in10 = false, in11 = false, in12 = false, in13 = false, in14 = false, in15 = false;
bool in16 = false, in17 = false, in18 = false, in19 = false, in20 = false, in21 = false, in22 = false, in23 = false, in24 = false, in25 = false, in26 = false, in27 = false, in28 = false, in29 = false;
    if (in0)
    {
        v0 = (ulong)frame.end;
        v1 = (ulong)frame.data;
        v2 = (v1 + 14UL);
        if ((v0 < v2))
        {
            in1 = true;
        }
        else
        {
            in2 = true;
        }
    }
    if (in1)
    {
        ways[(ulong)n * 2 + logged++] = 0;
        in23 = true;
    }
    if (in2)
    {
        v3 = LOAD(global, u16, packet + (v1 + 12UL));
        if ((v3 == 56710UL))
        {
            in3 = true;
        }
        else
        {
            in6 = true;
        }
    }
    if (in3)
    {
        v4 = (v1 + 54UL);
        if ((v0 < v4))
        {
            in4 = true;
        }
        else
        {
            in5 = true;
        }
    }
    if (in4)
    {
        ways[(ulong)n * 2 + logged++] = 0;
        in23 = true;
    }
    if (in5)
    {
        { const ulong next0 = v4, next1 = (v1 + 20UL); v5 = next0; v6 = next1; }
        in13 = true;
    }
    if (in6)
    {
        if ((v3 == 8UL))
        {
            in7 = true;
        }
        else
        {
            in22 = true;
        }
    }
    if (in7)
    {
        if ((v0 < (v1 + 34UL)))
        {
            in8 = true;
        }
        else
        {
            in9 = true;
        }
    }
    if (in8)
    {
        ways[(ulong)n * 2 + logged++] = 0;
        in23 = true;
    }
    if (in9)
    {
        v7 = LOAD(global, u8, packet + (v2));
        v8 = (v7 & 15UL);
        if ((v8 < 5UL))
        {
            in10 = true;
        }
        else
        {
            in11 = true;
        }
    }
    if (in10)
    {
        ways[(ulong)n * 2 + logged++] = 0;
        in23 = true;
    }
    if (in11)
    {
        v9 = LOAD(global, u16, packet + (v1 + 20UL));
        if (((v9 & 65311UL) == 0UL))
        {
            in12 = true;
        }
        else
        {
            in21 = true;
        }
    }
    if (in12)
    {
        { const ulong next0 = (v2 + (v8 << 2)), next1 = (v1 + 23UL); v5 = next0; v6 = next1; }
        in13 = true;
    }
    if (in13)
    {
        v10 = LOAD(global, u8, packet + (v6));
        if ((v10 == 17UL))
        {
            in15 = true;
        }
        else
        {
            in14 = true;
        }
    }
    if (in14)
    {
        if ((v10 == 6UL))
        {
            in15 = true;
        }
        else
        {
            in20 = true;
        }
    }
    if (in15)
    {
        if ((v0 < (v5 + 4UL)))
        {
            in16 = true;
        }
        else
        {
            in17 = true;
        }
    }
    if (in16)
    {
        ways[(ulong)n * 2 + logged++] = 0;
        in23 = true;
    }
    if (in17)
    {
        v11 = LOAD(global, u16, packet + (v5 + 2UL));
        STORE(private, u16, stack + 510, (ushort)v11);
        {
            {
            const int slot = hash_find(&m0, (stack + 510));
            v12 = slot < 0 ? 0 : AT_MAP(0) + ((ulong)(uint)slot) * 8;
            }
        }
        if ((v12 == 0UL))
        {
            in18 = true;
        }
        else
        {
            in19 = true;
        }
    }
    if (in18)
    {
        ways[(ulong)n * 2 + logged++] = 0;
        in23 = true;
    }
    if (in19)
    {
        add64(m0_values + (v12 - AT_MAP(0)), 1UL);
        ways[(ulong)n * 2 + logged++] = 1;
        outcome |= 1;
    }
    if (in20)
    {
        ways[(ulong)n * 2 + logged++] = 0;
        in23 = true;
    }
    if (in21)
    {
        ways[(ulong)n * 2 + logged++] = 0;
        in23 = true;
    }
    if (in22)
    {
        ways[(ulong)n * 2 + logged++] = 0;
        in23 = true;
    }
    if (in23)
    {
        if ((v0 < v2))
        {
            in29 = true;
        }
        else
        {
            in24 = true;
        }
    }
    if (in24)
    {
        v13 = LOAD(global, u16, packet + (v1 + 12UL));
        if ((v13 == 56710UL))
        {
            in25 = true;
        }
        else
        {
            in26 = true;
        }
    }
    if (in25)
    {
        if ((v0 < (v1 + 54UL)))
        {
            in29 = true;
        }
        else
        {
            v14 = 20UL;
            in28 = true;
        }
    }
    if (in26)
    {
        if ((v13 == 8UL))
        {
            in27 = true;
        }
        else
        {
            in29 = true;
        }
    }
    if (in27)
    {
        if ((v0 < (v1 + 34UL)))
        {
            in29 = true;
        }
        else
        {
            v14 = 23UL;
            in28 = true;
        }
    }
    if (in28)
    {
        v15 = LOAD(global, u8, packet + ((v1 + v14)));
        v16 = ((AT_MAP(1) + 0UL) + (v15 * 16UL));
        add64(m1_values + (v16 - AT_MAP(1)), 1UL);
        add64(m1_values + (v16 + 8UL - AT_MAP(1)), (v0 - v1));
        in29 = true;
    }
    if (in29)
    {
        ways[(ulong)n * 2 + logged++] = 2;
        outcome |= 2;
    }
outcomes[n] = outcome | logged << 16;
}
}
}
