using Chainring.Offload.Ir;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.OpenCl;

/// <summary>Where a kernel finds its frames.</summary>
public enum FrameLayout
{
    /// <summary>In the buffers in which they came.</summary>
    InPlace,

    /// <summary>What the chain wants of them is set out by columns, in memory that host and device share.</summary>
    Columns,

    /// <summary>Likewise in memory of the device's own: it is copied there and back. Whatever else they share is handed over around a batch.</summary>
    Copied,
}

/// <summary>A number of 32 bits that a kernel has of each frame.</summary>
enum FrameColumn : byte
{
    IndexLow,
    IndexHigh,
    ClockLow,
    ClockHigh,
    Ifindex,

    /// <summary>Where its buffer begins among all, in strides (<see cref="FramePlan.HasRows"/>).</summary>
    Row,

    /// <summary>0: the frame is not to be run.</summary>
    Data,
    End,
    Meta,
    Fragments,
    RxQueue,

    /// <summary>One of the words that its beginning is cut into.</summary>
    Word,
    Outcome,
    RedirectKind,
    RedirectNumber,
    RedirectExcludes,
    RedirectIndex,
}

/// <summary>
/// What a kernel has of the frames of a batch in columns: number n of a column belongs to frame n, so that neighbouring work-items read neighbouring numbers. The beginning of a
/// frame is cut into words; those that the chain can touch are columns, the last word first. Where not all that it touches is known beforehand, the frames are there too
/// (rows), and columns have what is loaded from known places before anything is written there.
/// </summary>
/// <remarks><code>
///   │ only in │ in and back, or only in │ only back │
///   │ index … │ word 7 │ … │ word 0 │ data, end … │ outcome, redirect … │
///   0                      OutFrom ^               ^ In                   ^ Columns.Count
/// </code></remarks>
sealed class FramePlan
{
    /// <summary>Words of a frame, at most: if the chain may touch more, frames are there as a whole.</summary>
    const int MostWords = 64;

    const int WordBytes = sizeof(uint);
    const int AdjustHead = 44, AdjustMeta = 54, AdjustTail = 65, BufferLength = 188, LoadBytes = 189, StoreBytes = 190;

    readonly List<(Node Node, FrameBytes? Bytes, int Length, bool Writes)> _accesses = [];
    readonly Dictionary<Node, int> _exact = [];
    readonly SortedSet<int> _words = [], _written = [];
    readonly List<(FrameColumn What, int Word)> _columns = [];
    readonly PacketReach _reach;
    int _firstColumnOfWords;
    int[] _ascending = [];

    /// <param name="blocks">Of a graph, from its entry on, in reverse postorder.</param>
    /// <param name="memory">Of the same.</param>
    public FramePlan(IReadOnlyList<Block> blocks, Provenance memory, bool takesFragments)
    {
        _reach = new(blocks);
        TakesFragments = takesFragments;
        var nodes = blocks.SelectMany(b => b.Nodes).ToList();
        bool growsTail = false, touchesMetadata = false;
        foreach (var node in nodes)
        {
            switch (node.Op)
            {
                case Op.Load or Op.Store when MayBeFrame(memory.OfAccess(node)):
                    Touch(node, node.Inputs[0], node.Number, (int)node.Size, node.Op == Op.Store);
                    break;
                case Op.Atomic when MayBeFrame(memory.OfAccess(node)):
                    Touch(node, node.Inputs[0], node.Number, (int)node.Size, writes: true);
                    HasRows = true;
                    break;
                case Op.PushVerdict or Op.PopVerdict:
                    touchesMetadata = true;
                    break;
                case Op.Call:
                    TouchBy(node, memory);
                    touchesMetadata |= node.Row!.Id == AdjustMeta;
                    growsTail |= node.Row.Id == AdjustTail && _reach.Of(node.Inputs[1]) is not (_, <= 0);
                    break;
            }
        }
        bool movesHead = nodes.Exists(n => n is { Op: Op.Call, Row.Id: AdjustHead });
        HasRows |= touchesMetadata || growsTail || (movesHead && PathCounts.Most(blocks, n => n is { Op: Op.Call, Row.Id: AdjustHead }) != 1) || _accesses.Exists(a => a.Bytes is null);
        if (!HasRows) HasRows = !CutAll();
        if (HasRows) CutLoads(blocks);
        MovesMetadata = movesHead && !HasRows;
        RowsComeBack = HasRows && (movesHead || touchesMetadata || growsTail || _accesses.Exists(a => a.Writes));
        RowsFrom = movesHead || touchesMetadata || _accesses.Exists(a => a.Bytes is null) ? null : (int)_accesses.Select(a => a.Bytes!.Value.From).Append(0).Min();
        RowsTo = growsTail || _accesses.Exists(a => a.Bytes is null) ? null : (int)_accesses.Select(a => a.Bytes!.Value.To).Append(0).Max();
        GrowsTail = growsTail;
        Arrange(nodes, movesHead);
    }

    public bool TakesFragments { get; }

    /// <summary>Frames are there as a whole, or between <see cref="RowsFrom"/> and <see cref="RowsTo"/>.</summary>
    public bool HasRows { get; private set; }

    /// <summary>What is in the rows may have been written to.</summary>
    public bool RowsComeBack { get; }

    /// <summary>Bytes that are wanted of each frame, from where it begins; null from the start of its buffer on, and to its end.</summary>
    public int? RowsFrom { get; }

    public int? RowsTo { get; }

    /// <summary>Frames may become longer than they came.</summary>
    public bool GrowsTail { get; }

    /// <summary>Whoever takes frames back moves metadata that they came with to where they begin then: the kernel has not.</summary>
    public bool MovesMetadata { get; }

    /// <summary>Where word 0 begins, in bytes from where the frame begins.</summary>
    public int First { get; private set; }

    public IReadOnlyList<(FrameColumn What, int Word)> Columns => _columns;

    /// <summary>Columns that are filled before a launch: the first ones.</summary>
    public int In { get; private set; }

    /// <summary>From this on columns have something new after a launch.</summary>
    public int OutFrom { get; private set; }

    /// <summary>Whether a word may have been written to.</summary>
    public bool IsWritten(int word) => _written.Contains(word);

    public int Outcome => ColumnOf(FrameColumn.Outcome);

    public bool Redirects => Has(FrameColumn.RedirectKind);

    public bool Has(FrameColumn what) => _columns.Exists(c => c.What == what);

    /// <summary>The number of a column, which must be one.</summary>
    public int ColumnOf(FrameColumn what) => _columns.FindIndex(c => c.What == what) is >= 0 and var at ? at : throw new InvalidOperationException($"no column {what}");

    /// <summary>Whether a load or store finds what it wants in columns.</summary>
    public bool IsInColumns(Node access) => HasRows ? _exact.ContainsKey(access) : _accesses.Exists(a => a.Node == access);

    /// <summary>The columns that have bytes from a known place on, the first one's first, and the first byte's place in the first; null if an access's are not known, or it goes to the row.</summary>
    public (int[] Columns, int Byte)? Exactly(Node access)
    {
        if (!_exact.TryGetValue(access, out int from)) return null;
        int at = from - First;
        return ([.. Enumerable.Range(at / WordBytes, (at % WordBytes + (int)access.Size - 1) / WordBytes + 1).Select(ColumnOfWord)], at % WordBytes);
    }

    /// <summary>Of an access whose place is only known when it is made: word w is column so many less w.</summary>
    public int ColumnOfWordZero(Node access)
    {
        int word = (int)(_accesses.First(a => a.Node == access).Bytes!.Value.From - First) / WordBytes;
        return ColumnOfWord(word) + word;
    }

    /// <summary>Likewise: between which bytes of the words it is.</summary>
    public (long From, long To) WordsOf(Node access)
    {
        var bytes = _accesses.First(a => a.Node == access).Bytes!.Value;
        return (bytes.From - First, bytes.To - First);
    }

    int ColumnOfWord(int word) => _firstColumnOfWords + _ascending.Length - 1 - Array.IndexOf(_ascending, word);

    static bool MayBeFrame(ulong kinds) => kinds == 0 || (kinds >> Provenance.Frame & 1) != 0;

    void Touch(Node node, Node address, ulong displacement, int length, bool writes) => _accesses.Add((node, _reach.Of(address, displacement, length), length, writes));

    /// <summary>What a call may do to the frame through its arguments.</summary>
    void TouchBy(Node call, Provenance memory)
    {
        var row = call.Row!;
        if (row.Id is LoadBytes or StoreBytes)
        {
            HasRowsFor(call, row.Id == StoreBytes);
            return;
        }
        IrMap? map = null;
        for (int n = 0; n < row.Arguments.Length; n++)
        {
            var argument = row.Arguments[n];
            if (argument.Kind == ArgumentKind.Map) map = call.Inputs[n].Now.Map;
            if (!argument.IsMemory || (memory.Of(call.Inputs[n]) >> Provenance.Frame & 1) == 0) continue;
            int? length = argument.Kind switch
            {
                ArgumentKind.MapKey => map?.Spec.KeySize,
                ArgumentKind.MapValue => map?.Spec.ValueSize,
                ArgumentKind.FixedMemory => argument.Bytes,
                _ => n + 1 < call.Inputs.Length && call.Inputs[n + 1].Now is { IsConst: true, Number: <= ushort.MaxValue } size ? (int)size.Number : null,
            };
            bool writes = argument.IsFilled || (argument.Access & MemoryAccess.Write) != 0;
            if (length is { } known) Touch(call, call.Inputs[n], 0, known, writes);
            else HasRowsFor(call, writes);
            HasRows = true;
        }

        void HasRowsFor(Node node, bool writes)
        {
            _accesses.Add((node, null, 0, writes));
            HasRows = true;
        }
    }

    /// <summary>Words for everything that is touched; false if these would be too many.</summary>
    bool CutAll()
    {
        if (_accesses.Count == 0) return true;
        First = BestFirst((int)_accesses.Min(a => a.Bytes!.Value.From), _accesses.Select(a => a.Bytes!.Value));
        FrameBytes? dynamic = null;
        foreach (var (node, bytes, length, writes) in _accesses)
        {
            var (from, to) = (bytes!.Value.From, bytes.Value.To);
            if (to - First > MostWords * WordBytes) return false;
            if (to - from == length) _exact.Add(node, (int)from);
            else dynamic = dynamic is { } before ? new(Math.Min(before.From, from), Math.Max(before.To, to)) : bytes;
            Words(_words, from, to);
            if (writes) Words(_written, from, to);
        }
        // Between places that depend on the frame every word has its column, one behind the other.
        if (dynamic is { } range) Words(_words, range.From, range.To);
        return true;
    }

    /// <summary>Words for what is loaded from known places before anything is written there.</summary>
    void CutLoads(IReadOnlyList<Block> blocks)
    {
        _exact.Clear();
        _words.Clear();
        _written.Clear();
        var headers = new HeaderLoads(blocks, PathCounts.AfterMoves(blocks).Contains);
        var loads = blocks.SelectMany(b => b.Nodes).Where(n => headers.Of(n) is { Count: 1 }).ToDictionary(n => n, n => headers.Of(n)![0]);
        if (loads.Count == 0) return;
        First = BestFirst(loads.Values.Min(), loads.Select(l => new FrameBytes(l.Value, l.Value + (int)l.Key.Size)));
        foreach (var (load, at) in loads)
        {
            _exact.Add(load, at);
            Words(_words, at, at + (int)load.Size);
        }
    }

    void Words(SortedSet<int> words, long from, long to)
    {
        for (int word = (int)(from - First) / WordBytes; word * WordBytes < to - First; word++) words.Add(word);
    }

    /// <summary>Where words begin so that the fewest accesses are in more of them than need be.</summary>
    static int BestFirst(int least, IEnumerable<FrameBytes> accesses)
    {
        var known = accesses.ToList();
        return Enumerable.Range(least - WordBytes + 1, WordBytes).Reverse().MinBy(first => known.Sum(a => (a.To - 1 - first) / WordBytes - (a.From - first) / WordBytes));
    }

    void Arrange(List<Node> nodes, bool movesHead)
    {
        bool Calls(params int[] ids) => nodes.Exists(n => n.Op == Op.Call && ids.Contains(n.Row!.Id));
        bool moves = nodes.Exists(FrameOrder.MovesFrame);
        if (Calls(7)) Add(FrameColumn.IndexLow, FrameColumn.IndexHigh);
        if (Calls(5, 125, 118, 160, 208)) Add(FrameColumn.ClockLow, FrameColumn.ClockHigh);
        if (nodes.Exists(n => n is { Op: Op.Field, Field: FrameField.IngressIfindex })) Add(FrameColumn.Ifindex);
        if (HasRows) Add(FrameColumn.Row);
        FrameColumn[] place =
        [
            FrameColumn.Data, FrameColumn.End,
            .. movesHead || Calls(AdjustMeta) || nodes.Exists(n => n.Op is Op.PushVerdict or Op.PopVerdict || n is { Op: Op.Field, Field: FrameField.DataMeta }) ? [FrameColumn.Meta] : Array.Empty<FrameColumn>(),
            .. TakesFragments && Calls(AdjustTail, BufferLength, LoadBytes, StoreBytes) ? [FrameColumn.Fragments] : Array.Empty<FrameColumn>(),
        ];
        bool setsQueue = nodes.Exists(n => n.Op == Op.SetRxQueue), readsQueue = nodes.Exists(n => n is { Op: Op.Field, Field: FrameField.RxQueueIndex });
        if (!moves) Add(place);
        if (readsQueue && !setsQueue) Add(FrameColumn.RxQueue);
        _firstColumnOfWords = _columns.Count;
        _ascending = [.. _words];
        foreach (int word in _words.Reverse()) _columns.Add((FrameColumn.Word, word));
        OutFrom = _written.Count == 0 ? _columns.Count : _columns.FindIndex(c => c == (FrameColumn.Word, _written.Max));
        if (moves) Add(place);
        if (setsQueue) Add(FrameColumn.RxQueue);
        In = _columns.Count;
        Add(FrameColumn.Outcome);
        if (Calls(23, 51)) Add(FrameColumn.RedirectKind, FrameColumn.RedirectNumber, FrameColumn.RedirectExcludes, FrameColumn.RedirectIndex);

        void Add(params ReadOnlySpan<FrameColumn> all)
        {
            foreach (var one in all) _columns.Add((one, 0));
        }
    }
}
