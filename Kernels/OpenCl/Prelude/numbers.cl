// Numbers. Division is total: x / 0 is 0, x % 0 is x; the least number divided by -1 is itself.
static ulong udiv(ulong a, ulong b) { return b == 0 ? 0 : a / b; }

static ulong umod(ulong a, ulong b) { return b == 0 ? a : a % b; }

static ulong sdiv(ulong a, ulong b) { return b == 0 ? 0 : b == ~0UL ? -a : (ulong)((long)a / (long)b); }

static ulong smod(ulong a, ulong b) { return b == 0 ? a : b == ~0UL ? 0 : (ulong)((long)a % (long)b); }

static ulong reverse(ulong x)
{
    x = (x & 0x00ff00ff00ff00ffUL) << 8 | (x >> 8 & 0x00ff00ff00ff00ffUL);
    x = (x & 0x0000ffff0000ffffUL) << 16 | (x >> 16 & 0x0000ffff0000ffffUL);
    return x << 32 | x >> 32;
}

static ulong reverse16(ulong x) { return (x & 0xff) << 8 | (x >> 8 & 0xff); }

static ulong reverse32(ulong x) { return (x & 0xff) << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | (x >> 24 & 0xff); }

// The finaliser of SplitMix64, and what a frame draws with it: a function of what it is drawn for.
static ulong mix(ulong x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9UL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebUL;
    return x ^ (x >> 31);
}

static ulong draw(ulong seed, uint queue, ulong frame, uint call)
{
    ulong x = mix(seed + 0x9e3779b97f4a7c15UL);
    x = mix(x ^ (frame + 0x9e3779b97f4a7c15UL));
    x = mix(x ^ ((ulong)queue << 32 | call));
    return x >> 32;
}
