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
        Errno.Busy => "Device or resource busy (EBUSY)",
        Errno.Exists => "File exists (EEXIST)",
        Errno.Invalid => "Invalid argument (EINVAL)",
        Errno.NoSpace => "No space left on device (ENOSPC)",
        Errno.Loop => "Too many levels of symbolic links (ELOOP)",
        Errno.Overflow => "Value too large for defined data type (EOVERFLOW)",
        Errno.OperationNotSupported => "Operation not supported (EOPNOTSUPP)",
        Errno.Stale => "Stale file handle (ESTALE)",
        Errno.NotSupported => "Unknown error 524 (ENOTSUPP)",
        var other => $"errno {other}",
    };
}
