using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf;

/// <summary>The source lines of an object's code, by section and place. It is for people: a damaged table is none.</summary>
/// <remarks><code>
/// record   instruction 0   file 4   line 8   number and column 12 (22 and 10 bits)
/// </code></remarks>
sealed class LineTable
{
    const int RecordBytes = 16, MaxLines = 1 << 20;

    readonly Dictionary<int, List<(uint Offset, ReadOnlyMemory<byte> Record)>> _bySection = [];
    readonly Btf _btf;

    LineTable(Btf btf) => _btf = btf;

    public static LineTable Read(ElfImage image, Btf btf)
    {
        var table = new LineTable(btf);
        foreach (var (section, record) in BtfExtension.Read(image, btf, BtfExtension.Lines, RecordBytes, MaxLines, out _) ?? [])
        {
            if (!table._bySection.TryGetValue(section, out var list)) table._bySection.Add(section, list = []);
            list.Add((ReadUInt32LittleEndian(record.Span), record));
        }
        foreach (var (section, list) in table._bySection) table._bySection[section] = [.. list.OrderBy(l => l.Offset)];
        return table;
    }

    /// <summary>The lines of a function whose texts are there, as slots within it, ascending.</summary>
    public IEnumerable<LineRecord> Of(ElfFunction function)
    {
        if (!_bySection.TryGetValue(function.Section, out var list)) yield break;
        for (int n = Ascending.FirstFrom(list, function.Start, l => l.Offset); n < list.Count && list[n].Offset < (uint)(function.Start + function.Size); n++)
        {
            var record = list[n].Record.Span;
            int slot = (int)(list[n].Offset - (uint)function.Start) / Encoding.SlotBytes;
            var line = new LineRecord(slot, ReadUInt32LittleEndian(record[4..]), ReadUInt32LittleEndian(record[8..]), ReadUInt32LittleEndian(record[12..]));
            if (ProgramTypes.Line(_btf, line) is not null) yield return line;
        }
    }
}
