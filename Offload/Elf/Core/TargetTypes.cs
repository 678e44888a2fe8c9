using static System.Buffers.Binary.BinaryPrimitives;

namespace Chainring.Offload.Elf.Core;

/// <summary>The types that objects are linked against in place of their own: those of a kernel, say.</summary>
public sealed class TargetTypes
{
    public const int MaxFileBytes = 256 << 20;

    readonly Dictionary<string, List<uint>> _byName = [];

    TargetTypes(Btf btf)
    {
        Btf = btf;
        foreach (var type in btf.Types)
        {
            if (btf.NameOf(type) is not { Length: > 0 } name) continue;
            string essential = Flavours.EssentialName(name);
            if (!_byName.TryGetValue(essential, out var types)) _byName.Add(essential, types = []);
            types.Add(type.Id);
        }
    }

    internal Btf Btf { get; }

    /// <summary>Types of that name, flavours not looked at, ascending by number.</summary>
    internal IReadOnlyList<uint> Named(string essential) => _byName.TryGetValue(essential, out var types) ? types : [];

    /// <summary>A file of type information: BTF as it is (<c>/sys/kernel/btf/vmlinux</c>), or an ELF file with a section <c>.BTF</c>.</summary>
    public static Result<TargetTypes> LoadFile(string path) =>
        FileBytes.Read(path, MaxFileBytes).Try(out var bytes, out var problem) ? Load(bytes, path) : problem;

    /// <param name="name">How messages call it.</param>
    public static Result<TargetTypes> Load(ReadOnlyMemory<byte> bytes, string name)
    {
        var types = bytes;
        if (bytes.Length >= 2 && ReadUInt16LittleEndian(bytes.Span) != BtfReader.Magic)
        {
            if (!bytes.Span.StartsWith("\u007fELF"u8)) return LoadError.NoTypes(name, "it is neither BTF nor an ELF file");
            if (!ElfReader.ReadSection(bytes, name, ".BTF").Try(out var section, out var problem)) return problem;
            if (section is not { } found) return LoadError.NoTypes(name, "it has no section .BTF; compile with -g");
            types = found;
        }
        return BtfReader.Read(types, name).Try(out var btf, out var damage) ? new TargetTypes(btf) : damage;
    }
}
