using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Chainring.Host.Driver.Peers;

/// <summary>A map's or program's file descriptor; the object lives while one of these or another kernel object names it.</summary>
public sealed partial class BpfFd : SafeHandleMinusOneIsInvalid
{
    public BpfFd(int fd) : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>Valid while this handle is not disposed.</summary>
    public int Number
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (int)handle;
        }
    }

    protected override bool ReleaseHandle() => close((int)handle) == 0;

    [LibraryImport("libc")]
    private static partial int close(int fd);
}
