// hash_payload+checksum_payload+count_nibbles: ordered, it writes values of results.
// One frame runs after the other, since the chain writes values of results at a place that all frames have in common.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void chain(global uchar *restrict packets,
    global uint *restrict columns,
    global ushort *restrict ways,
    const uint count,
    const uint step,
    const uint stride,
    const uint cpu,
    const ulong seed,
    const ulong wall,
    const ulong tai,
    volatile global const uint *restrict stop,
    global uchar *m0_values,
    global uchar *m1_values)
{
for (uint n = 0; n < count; n++)
{
global uint *const own = columns + n;
const uint data = COLUMN(1);
frame_place frame = { data, data, COLUMN(2), 0 };
global uchar *packet = packets + (long)(int)COLUMN(0) * (long)stride;
if (data == 0) COLUMN(3) = 5632;
else if (*stop != 0) COLUMN(3) = 7936;
else
{
uint outcome = 0, logged = 0, draws = 0, tail_calls = 0, tail_outcome = 0;
ulong executed = 0;
ulong v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15;
ulong v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28, v29, v30, v31;
ulong v32, v33, v34, v35, v36, v37, v38, v39, v40, v41;
    v0 = (ulong)frame.data;
    v1 = (ulong)frame.end;
    { const ulong next0 = 0UL, next1 = 0xcbf29ce484222325UL, next2 = 0UL, next3 = 1UL, next4 = 0UL; v2 = next0; v3 = next1; v4 = next2; v5 = next3; v6 = next4; }
b1: ;
    v7 = (v0 + v2);
    if ((v1 < (v7 + 1UL)))
    {
        { const ulong next0 = v3, next1 = v4, next2 = v5, next3 = v6; v8 = next0; v9 = next1; v10 = next2; v11 = next3; }
        goto b4;
    }
    else
    {
        goto b2;
    }
b2: ;
    v12 = LOAD(global, u8, packet + (v7));
    if ((v12 == 0UL))
    {
        v13 = 1UL;
        goto b3;
    }
    else
    {
        v13 = 0UL;
        goto b3;
    }
b3: ;
    v14 = ((v4 + v13) & 0xffffffffUL);
    v15 = ((v3 ^ v12) * 0x100000001b3UL);
    v16 = (v5 + v12);
    v17 = (v16 & 0xffffffffUL);
    v18 = ((v16 + v6) & 0xffffffffUL);
    if ((v2 == 1513UL))
    {
        { const ulong next0 = v15, next1 = v14, next2 = v17, next3 = v18; v8 = next0; v9 = next1; v10 = next2; v11 = next3; }
        goto b4;
    }
    else
    {
        { const ulong next0 = (v2 + 1UL), next1 = v15, next2 = v14, next3 = v17, next4 = v18; v2 = next0; v3 = next1; v4 = next2; v5 = next3; v6 = next4; }
        goto b1;
    }
b4: ;
    STORE(global, u64, m0_values + 0, v8);
    v19 = LOAD(global, u64, m0_values + 8);
    STORE(global, u64, m0_values + 8, ((v19 * 31UL) + v8));
    v20 = ((((v11 & 0xffffffffUL) % 65521UL) << 16) | ((v10 & 0xffffffffUL) % 65521UL));
    STORE(global, u64, m0_values + 16, v20);
    v21 = LOAD(global, u64, m0_values + 24);
    STORE(global, u64, m0_values + 24, ((v21 * 31UL) + v20));
    STORE(global, u64, m0_values + 32, v9);
    v22 = LOAD(global, u64, m0_values + 40);
    STORE(global, u64, m0_values + 40, ((v22 * 31UL) + v9));
    if (((v8 & 1UL) == 0UL))
    {
        goto b5;
    }
    else
    {
        goto b6;
    }
b5: ;
    ways[(ulong)n * 3 + logged++] = 0;
    goto b7;
b6: ;
    ways[(ulong)n * 3 + logged++] = 1;
b7: ;
    v23 = (v0 + 2UL);
    if ((v1 < v23))
    {
        { const ulong next0 = v0, next1 = v23, next2 = 0UL; v24 = next0; v25 = next1; v26 = next2; }
        goto b11;
    }
    else
    {
        { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v27 = next0; v28 = next1; v29 = next2; v30 = next3; }
        goto b8;
    }
b8: ;
    v31 = LOAD(global, u16, packet + (v29));
    v32 = ((v30 + v31) & 0xffffffffUL);
    v33 = (v27 + 2UL);
    if ((755UL < (v28 & 0xffffffffUL)))
    {
        goto b10;
    }
    else
    {
        goto b9;
    }
b9: ;
    if ((v1 < (v29 + 4UL)))
    {
        goto b10;
    }
    else
    {
        { const ulong next0 = v33, next1 = ((v28 + 1UL) & 0xffffffffUL), next2 = v33, next3 = v32; v27 = next0; v28 = next1; v29 = next2; v30 = next3; }
        goto b8;
    }
b10: ;
    { const ulong next0 = v33, next1 = (v27 + 4UL), next2 = v32; v24 = next0; v25 = next1; v26 = next2; }
b11: ;
    if ((v1 < (v24 + 1UL)))
    {
        v34 = v26;
        goto b14;
    }
    else
    {
        goto b12;
    }
b12: ;
    if ((v1 < v25))
    {
        goto b13;
    }
    else
    {
        v34 = v26;
        goto b14;
    }
b13: ;
    v35 = LOAD(global, u8, packet + (v24));
    v34 = ((v26 + v35) & 0xffffffffUL);
b14: ;
    v36 = ((v34 & 65535UL) + ((v34 & 0xffffffffUL) >> 16));
    v37 = ((((v36 >> 16) + v36) ^ 65535UL) & 65535UL);
    STORE(global, u64, m0_values + 48, v37);
    v38 = LOAD(global, u64, m0_values + 56);
    STORE(global, u64, m0_values + 56, ((v38 * 31UL) + v37));
    ways[(ulong)n * 3 + logged++] = 2;
    v39 = 0UL;
b15: ;
    v40 = (v0 + v39);
    if ((v1 < (v40 + 1UL)))
    {
        goto b17;
    }
    else
    {
        goto b16;
    }
b16: ;
    v41 = LOAD(global, u8, packet + (v40));
    { global uchar *const at = m1_values + (((AT_MAP(1) + 0UL) + ((v41 >> 4) * 8UL)) - AT_MAP(1)); STORE(global, u64, at, (LOAD(global, u64, at) + 1UL)); }
    if ((v39 == 95UL))
    {
        goto b17;
    }
    else
    {
        v39 = (v39 + 1UL);
        goto b15;
    }
b17: ;
    ways[(ulong)n * 3 + logged++] = 3;
    outcome |= 2;
    goto done;
done: ;
COLUMN(3) = outcome | logged << 16;
}
}
}
