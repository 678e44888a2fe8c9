namespace Chainring.Offload.Elf;

/// <summary>Finds the lock in a type: a member, also one of a structure within it, that is a <c>struct bpf_spin_lock</c> (kernel/bpf/btf.c).</summary>
static class SpinLocks
{
    const string Name = "bpf_spin_lock";

    /// <summary>How deep structures are looked into; ends cycles.</summary>
    const int MaxDepth = 4;

    /// <summary>Bytes from the start of a value of that type; null if it has none, or one that lies crooked.</summary>
    public static int? OffsetIn(Btf btf, uint type) => Find(btf, type, MaxDepth) is { } bits && bits % 32 == 0 ? (int)(bits / 8) : null;

    static uint? Find(Btf btf, uint id, int depth)
    {
        if (depth == 0 || btf.Strip(id) is not { Kind: BtfKind.Struct } type) return null;
        if (btf.NameOf(type) == Name) return 0;
        for (int n = 0; n < type.Count; n++)
        {
            var (member, bits) = btf.PlaceOf(type, n);
            if (Find(btf, member, depth - 1) is { } inner && bits + (ulong)inner <= int.MaxValue) return bits + inner;
        }
        return null;
    }
}
