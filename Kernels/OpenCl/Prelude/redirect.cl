// Where a redirect verdict sends the frame: kind, number, whether the interface is left out that the frame came from, and the index of the last call.
typedef struct { uint kind, number, excludes, index; } redirect_target;

static void redirect_to(private redirect_target *to, uint kind, uint number, uint excludes)
{
    to->kind = kind;
    to->number = number;
    to->excludes = excludes;
}

static void redirect_to_interface(private redirect_target *to, uint number) { redirect_to(to, number == 0 ? 0 : TO_INTERFACE, number, 0); }

static ulong redirect(private redirect_target *to, uint ifindex, ulong flags)
{
    if (flags != 0) return 0;
    redirect_to_interface(to, ifindex);
    to->index = ifindex;
    return 4;
}

// kind: what the entry that was found names, 0 for none; map: the id of a devmap, whose frames can go to all.
static ulong redirect_map(private redirect_target *to, uint key, ulong flags, ulong known, uint map, uint kind, uint number)
{
    if ((flags & ~(3UL | known)) != 0) return 0;
    if ((flags & 8) != 0)
    {
        redirect_to(to, TO_ALL, map, (flags & 16) != 0);
    }
    else if (kind == 0)
    {
        redirect_to_interface(to, to->index);
        return flags & 3;
    }
    else
    {
        redirect_to(to, kind, number, 0);
    }
    to->index = key;
    return 4;
}
