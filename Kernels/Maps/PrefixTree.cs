using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Chainring.Kernels.Maps;

/// <summary>
/// Prefixes and the place of each one's value: a binary trie in which only nodes with a prefix of their own or with two children exist. One
/// thread at a time changes it; meanwhile any thread looks prefixes up, waiting for nobody.
/// </summary>
/// <remarks>
/// A node is filled before it is linked, in one store, and is not changed after that but for its children and for losing its place. Once unlinked
/// it is touched only after the number of changes in <see cref="_state"/> has grown; a reader that finds the number grown begins again, and only because a writer got on.
/// </remarks>
sealed partial class PrefixTree
{
    const int None = -1, ChangesAt = 0, RootAt = 1, FirstAt = 2;

    /// <summary>Of a node, in words of 32 bits: how long its prefix is, its place, its two children, and then the prefix.</summary>
    const int LengthWord = 0, PlaceWord = 1, ChildWord = 2, DataWord = 4;

    const int CacheLineWords = 16;

    readonly int _dataBytes, _nodeWords;

    /// <summary>Node after node, so that to look at one takes one cache line, if it fits; from <see cref="_first"/> on.</summary>
    readonly int[] _words;

    readonly int _first;
    readonly int[] _free;
    int _freeCount;

    /// <summary>Changes so far, the root, and the word at which the first node begins.</summary>
    readonly long[] _state = GC.AllocateArray<long>(3, pinned: true);

    /// <param name="prefixes">As many at most; between them there are fewer forks, and one node more is needed while another is replaced.</param>
    public PrefixTree(int prefixes, int dataBytes)
    {
        Nodes = checked(2 * prefixes);
        (_dataBytes, _nodeWords) = (dataBytes, NodeWords(dataBytes));
        _words = GC.AllocateArray<int>(checked(Nodes * _nodeWords + CacheLineWords), pinned: true);
        _first = (int)(-(long)Marshal.UnsafeAddrOfPinnedArrayElement(_words, 0) / sizeof(int) & (CacheLineWords - 1));
        (_state[RootAt], _state[FirstAt]) = (None, _first);
        _free = new int[Nodes];
        for (int node = Nodes - 1; node >= 0; node--)
        {
            PlaceOf(node) = None;
            _free[_freeCount++] = node;
        }
    }

    public int Nodes { get; }

    public IEnumerable<MapArray> Arrays => [MapArray.Of("nodes", _words), MapArray.Of("state", _state)];

    public long MemoryBytes => BytesFor(Nodes / 2, _dataBytes);

    public static long BytesFor(long prefixes, int dataBytes) => 2 * prefixes * (NodeWords(dataBytes) + 1L) * sizeof(int);

    /// <summary>Words of a node: a power of two, or whole cache lines.</summary>
    public static int NodeWords(int dataBytes)
    {
        int words = DataWord + (dataBytes + sizeof(int) - 1) / sizeof(int);
        return words <= CacheLineWords ? (int)BitOperations.RoundUpToPowerOf2((uint)words) : (words + CacheLineWords - 1) / CacheLineWords * CacheLineWords;
    }

    /// <summary>The place of the longest prefix of the first <paramref name="length"/> bits, or -1.</summary>
    public int Longest(ReadOnlySpan<byte> data, int length)
    {
        while (true)
        {
            long changes = Volatile.Read(ref _state[ChangesAt]);
            var walk = new Walk(Root);
            while (Step(ref walk, data, length))
            {
            }
            if (!HasChanged(changes)) return walk.Found;
        }
    }

    /// <summary>Of several at once: all go down by one node, and then all by the next, which has been fetched meanwhile.</summary>
    /// <param name="data">Where the data of each is in memory.</param>
    /// <param name="lengths">Of each, in bits.</param>
    /// <param name="wanted">A bit for each that is looked for.</param>
    public unsafe void LongestEach(ReadOnlySpan<nint> data, ReadOnlySpan<int> lengths, int wanted, Span<int> places)
    {
        Span<Walk> walks = stackalloc Walk[data.Length];
        while (true)
        {
            long changes = Volatile.Read(ref _state[ChangesAt]);
            walks.Fill(new(Root));
            for (int left = wanted; left != 0;)
            {
                for (int round = left; round != 0; round &= round - 1)
                {
                    int n = BitOperations.TrailingZeroCount(round);
                    if (Step(ref walks[n], new((void*)data[n], _dataBytes), lengths[n])) CacheLine.Fetch(Unsafe.AsPointer(ref WordOf(walks[n].Node, 0)));
                    else left &= ~(1 << n);
                }
            }
            if (HasChanged(changes)) continue;
            for (int left = wanted; left != 0; left &= left - 1) places[BitOperations.TrailingZeroCount(left)] = walks[BitOperations.TrailingZeroCount(left)].Found;
            return;
        }
    }

    /// <summary>A search: the node that is next, how long the prefix before it was, and the last place.</summary>
    struct Walk(int root)
    {
        public int Node = root, Above = -1, Found = None;
    }

    /// <summary>Looks at a node; whether there is another one.</summary>
    bool Step(ref Walk walk, ReadOnlySpan<byte> data, int length)
    {
        int node = walk.Node;
        if (node == None) return false;
        walk.Node = None;
        int own = LengthOf(node);
        // A node under a longer prefix is one that was filled anew.
        if (own <= walk.Above || own > length || Common(node, data, own) < own) return false;
        int place = Volatile.Read(ref PlaceOf(node));
        if (place != None) walk.Found = place;
        if (own == length) return false;
        walk.Above = own;
        walk.Node = Volatile.Read(ref ChildOf(node, Bit(data, own)));
        return walk.Node != None;
    }

    bool HasChanged(long changes)
    {
        Volatile.ReadBarrier();
        return Volatile.Read(ref _state[ChangesAt]) != changes;
    }

    int Root => (int)Volatile.Read(ref _state[RootAt]);

    ref int WordOf(int node, int word) => ref _words[_first + node * _nodeWords + word];

    ref int LengthOf(int node) => ref WordOf(node, LengthWord);

    ref int PlaceOf(int node) => ref WordOf(node, PlaceWord);

    ref int ChildOf(int node, int bit) => ref WordOf(node, ChildWord + bit);

    /// <summary>What links to a node: child <c>link % 2</c> of node <c>link / 2</c>.</summary>
    ref int Linked(int link) => ref ChildOf(link / 2, link % 2);

    /// <summary>For the writer: the place of just this prefix, or -1.</summary>
    public int Exact(ReadOnlySpan<byte> data, int length) =>
        Seek(data, length, out _, out _) is var node && node != None && LengthOf(node) == length && Common(node, data, length) == length ? PlaceOf(node) : None;

    /// <summary>Gives a prefix, new or not, its place. There is room for it.</summary>
    public void Put(ReadOnlySpan<byte> data, int length, int place)
    {
        int node = Seek(data, length, out int link, out _);
        if (node == None)
        {
            SetLink(link, Take(data, length, place, None, None));
            return;
        }
        int common = Common(node, data, Math.Min(length, LengthOf(node)));
        if (common == LengthOf(node))
        {
            // The bits behind the prefix may be others than before, so it is another node.
            SetLink(link, Take(data, length, place, ChildOf(node, 0), ChildOf(node, 1)));
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
        if (node == None || LengthOf(node) != length || Common(node, data, length) < length || PlaceOf(node) == None) return None;
        int place = PlaceOf(node);
        int left = ChildOf(node, 0), right = ChildOf(node, 1);
        if (left != None && right != None)
        {
            // It goes on as a fork.
            Volatile.Write(ref PlaceOf(node), None);
            return place;
        }
        int only = left != None ? left : right;
        int above = link >= 0 ? link / 2 : None;
        if (only == None && above != None && PlaceOf(above) == None)
        {
            SetLink(linkAbove, Linked(link ^ 1));
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
        length = LengthOf(node);
        return PlaceOf(node);
    }

    /// <summary>The node where a prefix is or would be put in front, and what links to it: as <see cref="Linked"/> has it, -1 for the root.</summary>
    int Seek(ReadOnlySpan<byte> data, int length, out int link, out int linkAbove)
    {
        link = linkAbove = None;
        int node = Root;
        while (node != None && LengthOf(node) < length && Common(node, data, LengthOf(node)) == LengthOf(node))
        {
            linkAbove = link;
            link = 2 * node + Bit(data, LengthOf(node));
            node = Linked(link);
        }
        return node;
    }

    void SetLink(int link, int node)
    {
        if (link == None) Volatile.Write(ref _state[RootAt], node);
        else Volatile.Write(ref Linked(link), node);
    }

    int Take(ReadOnlySpan<byte> data, int length, int place, int left, int right)
    {
        int node = _free[--_freeCount];
        data.CopyTo(DataAt(node));
        (LengthOf(node), PlaceOf(node)) = (length, place);
        (ChildOf(node, 0), ChildOf(node, 1)) = (left, right);
        return node;
    }

    /// <summary>After its unlinking; filled again at any time from here on.</summary>
    void Free(int node)
    {
        Volatile.Write(ref _state[ChangesAt], _state[ChangesAt] + 1);
        Volatile.WriteBarrier();
        PlaceOf(node) = None;
        _free[_freeCount++] = node;
    }

    Span<byte> DataAt(int node) => MemoryMarshal.AsBytes(_words.AsSpan(_first + node * _nodeWords + DataWord, _nodeWords - DataWord))[.._dataBytes];

    /// <summary>How many of the first <paramref name="bits"/> bits of a node are those of other data before the first that differs.</summary>
    int Common(int node, ReadOnlySpan<byte> data, int bits)
    {
        ReadOnlySpan<byte> own = DataAt(node);
        int n = 0;
        for (; 8 * n < bits && n + sizeof(uint) <= own.Length; n += sizeof(uint))
        {
            uint word = BinaryPrimitives.ReadUInt32BigEndian(own[n..]) ^ BinaryPrimitives.ReadUInt32BigEndian(data[n..]);
            if (word != 0) return Math.Min(bits, 8 * n + BitOperations.LeadingZeroCount(word));
        }
        for (; 8 * n < bits; n++)
        {
            int differing = own[n] ^ data[n];
            if (differing != 0) return Math.Min(bits, 8 * n + BitOperations.LeadingZeroCount((uint)differing) - 24);
        }
        return bits;
    }

    /// <summary>The first bit is the highest of the first byte.</summary>
    static int Bit(ReadOnlySpan<byte> data, int bit) => data[bit / 8] >> (7 - bit % 8) & 1;
}
