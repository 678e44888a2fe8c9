using System.Security;
using System.Text;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// From an object file that clang wrote to what it holds. The same bytes give the same spec; any bytes give a spec or a
/// <see cref="LoadError"/>, never an exception. Relocations for type layouts (CO-RE) are not applied: the instructions
/// keep the layouts that the object was compiled with.
/// </summary>
public static class ObjectLoader
{
    public const int MaxFileBytes = 16 << 20;

    /// <param name="name">How messages and the spec call the object: its file name.</param>
    public static Result<ObjectSpec> Load(ReadOnlyMemory<byte> bytes, string name)
    {
        if (!ElfReader.Read(bytes, name).Try(out var image, out var problem)) return problem;
        if (!BtfReader.Read(image).Try(out var btf, out problem)) return problem;
        if (!MapTable.Read(image, btf).Try(out var maps, out problem)) return problem;
        if (!FunctionTable.Read(image).Try(out var functions, out problem)) return problem;

        var linker = new ProgramLinker(image, functions, new CodeReader(image, btf, maps, functions));
        if (!linker.LinkAll().Try(out var programs, out problem)) return problem;
        if (!RunConfigs.Read(image, btf).Try(out var configs, out problem)) return problem;
        return new ObjectSpec
        {
            Name = name,
            License = License(image),
            Programs = [.. programs.Select(p => configs.TryGetValue(p.Name, out var config) ? p with { RunConfig = config } : p)],
            Maps = [.. maps.Specs],
            MapSlots = maps.Slots,
        };
    }

    public static Result<ObjectSpec> LoadFile(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (file.CanSeek && file.Length > MaxFileBytes) return LoadError.TooLarge(path, file.Length, MaxFileBytes);

            // A pipe or a device has no length to believe.
            var bytes = new MemoryStream();
            var chunk = new byte[64 << 10];
            while (bytes.Length <= MaxFileBytes && file.Read(chunk) is > 0 and var read) bytes.Write(chunk, 0, read);
            return Load(bytes.ToArray(), Path.GetFileName(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return LoadError.CannotRead(path, "there is no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SecurityException
            or ArgumentException or NotSupportedException)
        {
            return LoadError.CannotRead(path, FileErrors.Reason(e, path));
        }
    }

    static string License(ElfImage image)
    {
        if (image.Find("license") is not { } section) return "";
        var text = image.Contents(section).Span;
        int end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }
}
