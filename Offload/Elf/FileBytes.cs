using System.Security;

namespace Chainring.Offload.Elf;

/// <summary>A whole file, if it is not larger than it may be.</summary>
static class FileBytes
{
    public static Result<byte[]> Read(string path, int maxBytes)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (file.CanSeek && file.Length > maxBytes) return LoadError.TooLarge(path, file.Length, maxBytes);

            // A pipe or a device has no length to believe.
            var bytes = new MemoryStream();
            var chunk = new byte[64 << 10];
            while (bytes.Length <= maxBytes && file.Read(chunk) is > 0 and var read) bytes.Write(chunk, 0, read);
            return bytes.Length > maxBytes ? LoadError.TooLarge(path, bytes.Length, maxBytes) : bytes.ToArray();
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
}
