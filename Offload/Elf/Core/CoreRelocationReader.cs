using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf.Core;

/// <summary>The type relocations in a <c>.BTF.ext</c> section, in its order.</summary>
/// <remarks><code>
/// record       instruction 0   type 4   path 8   kind 12
/// </code></remarks>
static class CoreRelocationReader
{
    const int RecordBytes = 16, MaxRelocations = 1 << 16;

    public static Result<List<CoreRelocation>> Read(ElfImage image, Btf btf)
    {
        if (BtfExtension.Read(image, btf, BtfExtension.TypeRelocations, RecordBytes, MaxRelocations, out string damage) is not { } facts)
            return LoadError.DamagedTypeRelocations(image.Name, damage);
        var relocations = new List<CoreRelocation>();
        foreach (var (section, record) in facts)
        {
            var bytes = record.Span;
            if (btf.TextAt(ReadUInt32LittleEndian(bytes[8..])) is not { } path) return LoadError.DamagedTypeRelocations(image.Name, $"record {relocations.Count}");
            relocations.Add(new(section, ReadUInt32LittleEndian(bytes), ReadUInt32LittleEndian(bytes[4..]), path, (CoreKind)ReadUInt32LittleEndian(bytes[12..])));
        }
        return relocations;
    }
}
