using System.Security.Cryptography;
using System.Text;

namespace Chainring.Kernels.OpenCl;

/// <summary>
/// Built device code on disk, in <c>$XDG_CACHE_HOME/chainring/opencl</c> (<c>~/.cache</c> if that is not set), by source, device and driver. It may be deleted at any
/// time; what cannot be read or written is as if it were not there.
/// </summary>
static class BinaryCache
{
    static readonly string Folder = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "chainring", "opencl");

    public static string KeyOf(DeviceFacts device, string source) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{device.Platform}\n{device.Name}\n{device.Version}\n{device.Driver}\n{source}")));

    public static byte[]? Read(string key)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(Folder, key));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whole or not at all, whoever else does so meanwhile.</summary>
    public static void Write(string key, byte[] binary)
    {
        if (binary.Length == 0) return;
        try
        {
            Directory.CreateDirectory(Folder);
            string unfinished = Path.Combine(Folder, $"{key}.{Guid.NewGuid():n}");
            File.WriteAllBytes(unfinished, binary);
            File.Move(unfinished, Path.Combine(Folder, key), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
