using System.Numerics;

namespace Chainring.Kernels.Maps;

/// <summary>
/// Prefixes and the place of each one's value: a binary trie in which only nodes with a prefix of their own or with two children exist. One
/// thread at a time changes it; meanwhile any thread looks prefixes up, waiting for nobody.
/// </summary>
/// <remarks>
/// A node is filled before it is linked, in one store, and is not changed after that but for its children and for losing its place. Once unlinked
/// it is touched only after the number of changes in <see cref="_state"/> has grown; a reader that finds the number grown begins again, and only because a writer got on.
/// </remarks>
sealed class PrefixTree
{
    const int None = -1, ChangesAt = 0, RootAt = 1;

    readonly byte[] _data;
    readonly int _dataBytes;
    readonly int[] _length;
    readonly int[] _place;
    readonly int[] _children;
    readonly int[] _free;
    int _freeCount;

    /// <summary>Changes so far, and the root.</summary>
    readonly long[] _state = GC.AllocateArray<long>(2, pinned: true);

    /// <param name="prefixes">As many at most; between them there are fewer forks, and one node more is needed while another is replaced.</param>
    public PrefixTree(int prefixes, int dataBytes)
    {
        Nodes = checked(2 * prefixes);
        _dataBytes = dataBytes;
        _data = GC.AllocateArray<byte>(checked(Nodes * dataBytes), pinned: true);
        (_length, _place, _free) = (Numbers(Nodes), Numbers(Nodes), new int[Nodes]);
        _children = Numbers(checked(2 * Nodes));
        _state[RootAt] = None;
        _place.AsSpan().Fill(None);
        for (int node = Nodes - 1; node >= 0; node--) _free[_freeCount++] = node;
    }

    public int Nodes { get; }

    public IEnumerable<MapArray> Arrays => [MapArray.Of("data", _data), MapArray.Of("length", _length), MapArray.Of("place", _place), MapArray.Of("children", _children), MapArray.Of("state", _state)];

    public long MemoryBytes => BytesFor(Nodes / 2, _dataBytes);

    public static long BytesFor(long prefixes, int dataBytes) => 2 * prefixes * (dataBytes + 5L * sizeof(int));

    /// <summary>The place of the longest prefix of the first <paramref name="length"/> bits, or -1.</summary>
    public int Longest(ReadOnlySpan<byte> data, int length)
    {
        while (true)
        {
            long changes = Volatile.Read(ref _state[ChangesAt]);
            int found = None;
            int node = (int)Volatile.Read(ref _state[RootAt]), above = -1;
            while (node != None)
            {
                int own = _length[node];
                // A node under a longer prefix is one that was filled anew.
                if (own <= above || own > length || Common(node, data, own) < own) break;
                int place = Volatile.Read(ref _place[node]);
                if (place != None) found = place;
                if (own == length) break;
                above = own;
                node = Volatile.Read(ref _children[2 * node + Bit(data, own)]);
            }
            Volatile.ReadBarrier();
            if (Volatile.Read(ref _state[ChangesAt]) == changes) return found;
        }
    }

    /// <summary>For the writer: the place of just this prefix, or -1.</summary>
    public int Exact(ReadOnlySpan<byte> data, int length) =>
        Seek(data, length, out _, out _) is var node && node != None && _length[node] == length && Common(node, data, length) == length ? _place[node] : None;

    /// <summary>Gives a prefix, new or not, its place. There is room for it.</summary>
    public void Put(ReadOnlySpan<byte> data, int length, int place)
    {
        int node = Seek(data, length, out int link, out _);
        if (node == None)
        {
            SetLink(link, Take(data, length, place, None, None));
            return;
        }
        int common = Common(node, data, Math.Min(length, _length[node]));
        if (common == _length[node])
        {
            // The bits behind the prefix may be others than before, so it is another node.
            SetLink(link, Take(data, length, place, _children[2 * node], _children[2 * node + 1]));
            Free(node);
        }
        else if (common == length)
        {
            bool right = Bit(DataAt(node), common) == 1;
            SetLink(link, Take(data, length, place, right ? None : node, right ? node : None));
        }
        else
        {
            int leaf = Take(data, length, place, None, None);
            bool right = Bit(data, common) == 1;
            SetLink(link, Take(data, common, None, right ? node : leaf, right ? leaf : node));
        }
    }

    /// <summary>Removes a prefix: its place, or -1 if there is none.</summary>
    public int Remove(ReadOnlySpan<byte> data, int length)
    {
        int node = Seek(data, length, out int link, out int linkAbove);
        if (node == None || _length[node] != length || Common(node, data, length) < length || _place[node] == None) return None;
        int place = _place[node];
        int left = _children[2 * node], right = _children[2 * node + 1];
        if (left != None && right != None)
        {
            // It goes on as a fork.
            Volatile.Write(ref _place[node], None);
            return place;
        }
        int only = left != None ? left : right;
        int above = link >= 0 ? link / 2 : None;
        if (only == None && above != None && _place[above] == None)
        {
            SetLink(linkAbove, _children[link ^ 1]);
            Free(above);
        }
        else
        {
            SetLink(link, only);
        }
        Free(node);
        return place;
    }

    /// <summary>The prefix of a node and its place, or -1 for a node that has none. For the writer.</summary>
    public int At(int node, out ReadOnlySpan<byte> data, out int length)
    {
        data = DataAt(node);
        length = _length[node];
        return _place[node];
    }

    /// <summary>The node where a prefix is or would be put in front, and what links to it: an index of <see cref="_children"/>, -1 for the root.</summary>
    int Seek(ReadOnlySpan<byte> data, int length, out int link, out int linkAbove)
    {
        link = linkAbove = None;
        int node = (int)_state[RootAt];
        while (node != None && _length[node] < length && Common(node, data, _length[node]) == _length[node])
        {
            linkAbove = link;
            link = 2 * node + Bit(data, _length[node]);
            node = _children[link];
        }
        return node;
    }

    static int[] Numbers(int count) => GC.AllocateArray<int>(count, pinned: true);

    void SetLink(int link, int node)
    {
        if (link == None) Volatile.Write(ref _state[RootAt], node);
        else Volatile.Write(ref _children[link], node);
    }

    int Take(ReadOnlySpan<byte> data, int length, int place, int left, int right)
    {
        int node = _free[--_freeCount];
        data.CopyTo(_data.AsSpan(node * _dataBytes, _dataBytes));
        (_length[node], _place[node]) = (length, place);
        (_children[2 * node], _children[2 * node + 1]) = (left, right);
        return node;
    }

    /// <summary>After its unlinking; filled again at any time from here on.</summary>
    void Free(int node)
    {
        Volatile.Write(ref _state[ChangesAt], _state[ChangesAt] + 1);
        Volatile.WriteBarrier();
        _place[node] = None;
        _free[_freeCount++] = node;
    }

    ReadOnlySpan<byte> DataAt(int node) => _data.AsSpan(node * _dataBytes, _dataBytes);

    /// <summary>How many of the first <paramref name="bits"/> bits of a node are those of other data before the first that differs.</summary>
    int Common(int node, ReadOnlySpan<byte> data, int bits)
    {
        var own = DataAt(node);
        for (int n = 0; 8 * n < bits; n++)
        {
            int differing = own[n] ^ data[n];
            if (differing != 0) return Math.Min(bits, 8 * n + BitOperations.LeadingZeroCount((uint)differing) - 24);
        }
        return bits;
    }

    /// <summary>The first bit is the highest of the first byte.</summary>
    static int Bit(ReadOnlySpan<byte> data, int bit) => data[bit / 8] >> (7 - bit % 8) & 1;
}
