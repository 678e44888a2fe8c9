using Chainring.Kernels;

namespace Chainring.Host.Driver;

/// <summary>Error numbers in the words of strerror(3).</summary>
public static class ErrnoText
{
    /// <param name="errno">Positive or negative.</param>
    public static string Of(int errno) => Math.Abs(errno) switch
    {
        Errno.NoEntry => "No such file or directory (ENOENT)",
        Errno.TooBig => "Argument list too long (E2BIG)",
        Errno.NoMemory => "Cannot allocate memory (ENOMEM)",
        Errno.Access => "Permission denied (EACCES)",
        Errno.Exists => "File exists (EEXIST)",
        Errno.Invalid => "Invalid argument (EINVAL)",
        Errno.Overflow => "Value too large for defined data type (EOVERFLOW)",
        Errno.NotSupported => "Unknown error 524 (ENOTSUPP)",
        var other => $"errno {other}",
    };
}
