// Where a redirect verdict sends the frame: kind, number, whether the interface is left out that the frame came from, and the index of the last call.
static void redirect_to(global uchar *record, uint kind, uint number, uint excludes)
{
    record[RECORD_REDIRECT_KIND] = kind;
    STORE(global, u32, record + RECORD_REDIRECT_NUMBER, number);
    record[RECORD_REDIRECT_EXCLUDES] = excludes;
}

static void redirect_to_interface(global uchar *record, uint number) { redirect_to(record, number == 0 ? 0 : TO_INTERFACE, number, 0); }

static ulong redirect(global uchar *record, uint ifindex, ulong flags)
{
    if (flags != 0) return 0;
    redirect_to_interface(record, ifindex);
    STORE(global, u32, record + RECORD_REDIRECT_INDEX, ifindex);
    return 4;
}

// kind: what the entry that was found names, 0 for none; map: the id of a devmap, whose frames can go to all.
static ulong redirect_map(global uchar *record, uint key, ulong flags, ulong known, uint map, uint kind, uint number)
{
    if ((flags & ~(3UL | known)) != 0) return 0;
    if ((flags & 8) != 0)
    {
        redirect_to(record, TO_ALL, map, (flags & 16) != 0);
    }
    else if (kind == 0)
    {
        redirect_to_interface(record, (uint)LOAD(global, u32, record + RECORD_REDIRECT_INDEX));
        return flags & 3;
    }
    else
    {
        redirect_to(record, kind, number, 0);
    }
    STORE(global, u32, record + RECORD_REDIRECT_INDEX, key);
    return 4;
}
