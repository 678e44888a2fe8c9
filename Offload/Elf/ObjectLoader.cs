using System.Text;
using Chainring.Offload.Elf.Core;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// From an object file that clang wrote to what it holds. The same bytes give the same spec; any bytes give a spec or a
/// <see cref="LoadError"/>, never an exception. Relocations for type layouts (CO-RE) are applied: to the object's own types, unless it is told others.
/// </summary>
public static class ObjectLoader
{
    public const int MaxFileBytes = 16 << 20;

    /// <param name="name">How messages and the spec call the object: its file name.</param>
    public static Result<ObjectSpec> Load(ReadOnlyMemory<byte> bytes, string name, LoadOptions? options = null)
    {
        options ??= LoadOptions.Default;
        if (!ElfReader.Read(bytes, name).Try(out var image, out var problem)) return problem;
        if (!BtfReader.Read(image).Try(out var btf, out problem)) return problem;
        var externs = new ExternTable(btf);
        if (!MapTable.Read(image, btf, externs, options).Try(out var maps, out problem)) return problem;
        if (!FunctionTable.Read(image).Try(out var functions, out problem)) return problem;
        if (!TailCallSlots.Read(image, btf, maps, functions).Try(out var tailCalls, out problem)) return problem;
        if (!CoreTable.Read(image, btf, options.Types).Try(out var types, out problem)) return problem;

        if (!RunConfigs.Read(image, btf).Try(out var configs, out problem)) return problem;

        var functionTypes = FunctionTypes.Read(image, btf);
        var linker = new ProgramLinker(image, functions, new CodeReader(image, maps, functions, externs, types), configs, functionTypes, LineTable.Read(image, btf), btf);
        if (!linker.LinkAll().Try(out var programs, out problem)) return problem;
        return new ObjectSpec
        {
            Name = name,
            License = License(image),
            Programs = [.. programs.Select(p => p with { License = License(image) })],
            Maps = [.. maps.Specs],
            TailCalls = tailCalls,
            MapSlots = maps.Slots,
            // What is hidden libbpf makes static.
            Types = btf.IsPresent ? BtfReader.WithStatic(image.Contents(image.Find(".BTF")!.Value), btf, functions.Hidden.Select(functionTypes.TypeOf).OfType<uint>()) : default,
        };
    }

    public static Result<ObjectSpec> LoadFile(string path, LoadOptions? options = null) =>
        FileBytes.Read(path, MaxFileBytes).Try(out var bytes, out var problem) ? Load(bytes, Path.GetFileName(path), options) : problem;

    static string License(ElfImage image)
    {
        if (image.Find("license") is not { } section) return "";
        var text = image.Contents(section).Span;
        int end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }
}
