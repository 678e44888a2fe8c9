using System.Globalization;
using Chainring.Kernels.Il;
using Chainring.Offload.Ir;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.OpenCl;

/// <summary>Frames: what is known of each, and its bytes, in their buffers or in columns.</summary>
sealed partial class DeviceEmitter
{
    /// <summary>Of a frame that is not run.</summary>
    static readonly uint LeftOut = new Verdict(Offload.Spec.XdpAction.Aborted, AbortReason.NoFragsSupport).Word;

    /// <summary>Of a frame that did not begin in time.</summary>
    static readonly uint TooLate = new Verdict(Offload.Spec.XdpAction.Aborted, AbortReason.DeviceTimeout).Word;

    /// <summary>So many frames before a processor comes to one, it fetches where frames usually begin.</summary>
    const int FetchedBefore = 16;

    bool IsOfFrame(Node node) => node.Op is Op.Load or Op.Store && (_memory.OfAccess(node) >> Provenance.Frame & 1) != 0;

    string Clock => Double(FrameColumn.ClockLow, FrameColumn.ClockHigh, "CLOCK");

    string Index => Double(FrameColumn.IndexLow, FrameColumn.IndexHigh, "INDEX");

    string Ifindex => Word(FrameColumn.Ifindex, "IFINDEX");

    string RxQueue => Word(FrameColumn.RxQueue, "RX_QUEUE");

    string Word(FrameColumn column, string field) => _frame is null ? $"LOAD(global, u32, record + RECORD_{field})" : $"(ulong){Column(column)}";

    string Double(FrameColumn low, FrameColumn high, string field) => _frame is null ? $"LOAD(global, u64, record + RECORD_{field})" : $"((ulong){Column(high)} << 32 | {Column(low)})";

    string Column(FrameColumn what) => Column(_frame!.ColumnOf(what));

    static string Column(int number) => string.Create(CultureInfo.InvariantCulture, $"COLUMN({number})");

    void SetRxQueue(Node node, string indent)
    {
        string queue = $"(uint){Value(node.Inputs[0])}";
        Line(indent, _frame is null ? $"STORE(global, u32, record + RECORD_RX_QUEUE, {queue});" : $"{Column(FrameColumn.RxQueue)} = {queue};");
    }

    string OutcomeOfFrame => _frame is null ? "outcomes[n]" : Column(FrameColumn.Outcome);

    /// <summary>What a frame begins with, and that those which are left out, or come too late, are not run.</summary>
    /// <param name="findsKeys">Only its keys are looked for: nothing becomes of it yet.</param>
    void BeginFrame(bool findsKeys)
    {
        string isLeftOut = _frame is null ? "frame.fragments != 0" : "data == 0";
        if (_frame is null)
        {
            string ahead = $"min({(_run.InPasses && !findsKeys ? "at" : "n")} + {FetchedBefore}, count - 1)";
            if (_run.InPasses && !findsKeys) ahead = $"picks[{ahead}]";
            if (_shape == DeviceShape.Predicated && _blocks.Any(b => b.Nodes.Exists(IsOfFrame))) _text.Append(CultureInfo.InvariantCulture, $"FETCH(packets + (ulong)numbers[{ahead}] * stride + {Frame.Headroom});\n");
            _text.Append("const int number = numbers[n];\n");
            _text.Append("global uchar *packet = packets + (ulong)number * stride, *record = records + (ulong)number * RECORD_BYTES;\n");
            _text.Append("frame_place frame = { (uint)LOAD(global, u32, record + RECORD_META), (uint)LOAD(global, u32, record + RECORD_DATA), (uint)LOAD(global, u32, record + RECORD_END), (uint)LOAD(global, u32, record + RECORD_FRAGMENTS) };\n");
        }
        else
        {
            _text.Append("global uint *const own = columns + n;\n");
            string Of(FrameColumn what, string otherwise) => _frame.Has(what) ? Column(what) : otherwise;
            _text.Append(CultureInfo.InvariantCulture, $"const uint data = {Column(FrameColumn.Data)};\n");
            _text.Append(CultureInfo.InvariantCulture, $"frame_place frame = {{ {Of(FrameColumn.Meta, "data")}, data, {Column(FrameColumn.End)}, {Of(FrameColumn.Fragments, "0")} }};\n");
            if (_frame.HasRows) _text.Append(CultureInfo.InvariantCulture, $"global uchar *packet = packets + (long)(int){Column(FrameColumn.Row)} * (long)stride;\n");
            else if (_moves) _text.Append("global uchar *const packet = 0;\n");
            if (_reachesWords) _text.Append(CultureInfo.InvariantCulture, $"const uint first = data {(_frame.First < 0 ? '-' : '+')} {Math.Abs(_frame.First)};\n");
        }
        if (findsKeys)
        {
            _text.Append(_takesFragments ? "{\n" : $"if (!({isLeftOut}))\n{{\n");
            return;
        }
        if (!_takesFragments) _text.Append(CultureInfo.InvariantCulture, $"if ({isLeftOut}) {OutcomeOfFrame} = {LeftOut};\nelse ");
        _text.Append(CultureInfo.InvariantCulture, $"if (*stop != 0) {OutcomeOfFrame} = {TooLate};\nelse\n{{\n");
        if (_parts.Contains("redirect")) _text.Append("redirect_target target = { 0, 0, 0, 0 };\n");
    }

    void EndFrame()
    {
        if (_moves)
        {
            foreach (var (column, field, place) in new[] { (FrameColumn.Meta, "META", "meta"), (FrameColumn.Data, "DATA", "data"), (FrameColumn.End, "END", "end"), (FrameColumn.Fragments, "FRAGMENTS", "fragments") })
            {
                if (_frame is null) _text.Append(CultureInfo.InvariantCulture, $"STORE(global, u32, record + RECORD_{field}, frame.{place});\n");
                else if (_frame.Has(column)) _text.Append(CultureInfo.InvariantCulture, $"{Column(column)} = frame.{place};\n");
            }
        }
        if (_parts.Contains("redirect"))
        {
            _text.Append(_frame is null
                ? "record[RECORD_REDIRECT_KIND] = target.kind;\nSTORE(global, u32, record + RECORD_REDIRECT_NUMBER, target.number);\nrecord[RECORD_REDIRECT_EXCLUDES] = target.excludes;\nSTORE(global, u32, record + RECORD_REDIRECT_INDEX, target.index);\n"
                : $"{Column(FrameColumn.RedirectKind)} = target.kind;\n{Column(FrameColumn.RedirectNumber)} = target.number;\n{Column(FrameColumn.RedirectExcludes)} = target.excludes;\n{Column(FrameColumn.RedirectIndex)} = target.index;\n");
        }
        _text.Append(CultureInfo.InvariantCulture, $"{OutcomeOfFrame} = outcome{(_logs ? $" | logged << {DeviceSource.PathShift}" : "")};\n}}\n");
    }

    /// <summary>Bytes of the frame out of its columns, as a number.</summary>
    string LoadWords(Node load)
    {
        if (_frame!.Exactly(load) is not ({ } columns, var first))
        {
            string words = string.Create(CultureInfo.InvariantCulture, $"words_load(own, step, {Dynamic(load)}, {(int)load.Size})");
            var (from, to) = _frame.WordsOf(load);
            return _mayBeOff ? string.Create(CultureInfo.InvariantCulture, $"({Displaced(load.Inputs[0], load.Number)} - first - {Number((ulong)from)} <= {to - from - (int)load.Size} ? {words} : 0)") : words;
        }
        int shift = 8 * first, bits = 8 * (int)load.Size;
        string text = string.Join(" | ", columns.Select((column, n) => $"(ulong){Column(column)}{Shifted(32 * n - shift)}"));
        if (32 * columns.Length - shift == bits || load.Size == AccessSize.Double) return columns.Length == 1 && shift == 0 ? text : $"({text})";
        return columns.Length == 1 ? $"({text} & {Number((1UL << bits) - 1)})" : $"(({text}) & {Number((1UL << bits) - 1)})";

        static string Shifted(int by) => by == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {(by > 0 ? "<<" : ">>")} {Math.Abs(by)}");
    }

    void StoreWords(Node store, string indent)
    {
        string value = $"{CastOf(store.Size)}{Value(store.Inputs[1])}";
        if (_frame!.Exactly(store) is not ({ } columns, var first))
        {
            Line(indent, string.Create(CultureInfo.InvariantCulture, $"words_store(own, step, {Dynamic(store)}, {(int)store.Size}, {value});"));
            return;
        }
        int shift = 8 * first;
        ulong mask = store.Size == AccessSize.Double ? ulong.MaxValue : (1UL << 8 * (int)store.Size) - 1;
        Line(indent, "{");
        Line(indent + Tab, $"const ulong stored = {value};");
        for (int n = 0; n < columns.Length; n++)
        {
            int by = 32 * n - shift;
            uint own = (uint)(by >= 0 ? mask >> by : mask << -by);
            string part = by == 0 ? "(uint)stored" : string.Create(CultureInfo.InvariantCulture, $"(uint)(stored {(by > 0 ? ">>" : "<<")} {Math.Abs(by)})");
            string to = Column(columns[n]);
            Line(indent + Tab, own == uint.MaxValue ? $"{to} = {part};" : string.Create(CultureInfo.InvariantCulture, $"{to} = ({to} & 0x{~own:x}u) | ({part} & 0x{own:x}u);"));
        }
        Line(indent, "}");
    }

    /// <summary>Where in the words an access is that depends on the frame: the column of word 0, and how many bytes from there.</summary>
    string Dynamic(Node access)
    {
        _reachesWords = true;
        return string.Create(CultureInfo.InvariantCulture, $"{_frame!.ColumnOfWordZero(access)}, (uint)({Displaced(access.Inputs[0], access.Number)}) - first");
    }

    /// <summary>Whether bytes from a place on are in memory that the kernel has of the frame, wherever the place is: as it came, and in columns what was taken along of it.</summary>
    string IsThere(string place, int bytes)
    {
        if (_frame is null) return $"{place} <= stride - {bytes}";
        string from = _frame.RowsFrom is { } first ? string.Create(CultureInfo.InvariantCulture, $"(ulong)(frame.data {(first < 0 ? '-' : '+')} {Math.Abs(first)})") : "(ulong)frame.meta";
        string to = _frame.RowsTo is { } last ? string.Create(CultureInfo.InvariantCulture, $"min(frame.data + {last}, frame.end)") : "frame.end";
        return $"{place} >= {from} && {place} <= (ulong)({to} - {bytes})";
    }

    string Displaced(Node address, ulong displacement) =>
        displacement == 0 ? Value(address) : (long)displacement < 0 ? $"{Value(address)} - {Number(0 - displacement)}" : $"{Value(address)} + {Number(displacement)}";
}
