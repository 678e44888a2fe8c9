namespace Chainring.Offload.Elf;

/// <summary>
/// Finds the lock in a type: a member, also one of a structure within it, that is a <c>struct bpf_spin_lock</c> (kernel/bpf/btf.c). What has two
/// has none that a program could take.
/// </summary>
static class SpinLocks
{
    const string Name = "bpf_spin_lock";

    /// <summary>How deep structures are looked into; ends cycles.</summary>
    const int MaxDepth = 4;

    /// <summary>Bytes from the start of a value of that type; null if it has none, or one that lies crooked.</summary>
    public static int? OffsetIn(Btf btf, uint type) => OffsetAmong(btf, [(type, 0)]);

    /// <summary>The same of global data: bytes from the start of its section.</summary>
    /// <param name="variables">Types and places.</param>
    public static int? OffsetAmong(Btf btf, IEnumerable<(uint Type, int Offset)> variables)
    {
        var search = new Search(btf);
        foreach (var (type, offset) in variables) search.LookInto(type, 8 * (ulong)offset, MaxDepth);
        return search.Found is [var bits] && bits % 32 == 0 && bits / 8 <= int.MaxValue ? (int)(bits / 8) : null;
    }

    sealed class Search(Btf btf)
    {
        /// <summary>Structures without a lock as deep as that: each is looked into once.</summary>
        readonly HashSet<(uint Type, int Depth)> _empty = [];

        /// <summary>Places of locks, in bits; two are enough.</summary>
        public List<ulong> Found { get; } = [];

        public void LookInto(uint id, ulong start, int depth)
        {
            if (depth == 0 || Found.Count > 1 || btf.Strip(id) is not { Kind: BtfKind.Struct } type || _empty.Contains((type.Id, depth))) return;
            if (btf.NameOf(type) == Name)
            {
                Found.Add(start);
                return;
            }
            int before = Found.Count;
            for (int n = 0; n < type.Count; n++)
            {
                var (member, bits, _) = btf.PlaceOf(type, n);
                LookInto(member, start + bits, depth - 1);
            }
            if (Found.Count == before) _empty.Add((type.Id, depth));
        }
    }
}
