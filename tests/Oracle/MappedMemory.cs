using System.ComponentModel;
using System.Runtime.InteropServices;
using Chainring.Host.Driver.Peers;

namespace Chainring.Tests.Oracle;

/// <summary>A kernel object's memory, mapped into this process until disposed.</summary>
sealed unsafe partial class MappedMemory : IDisposable
{
    const int Read = 1, Write = 2, Shared = 1;

    readonly nint _start;
    readonly nuint _bytes;

    public MappedMemory(BpfFd fd, nuint bytes, bool writable, long offset = 0)
    {
        _bytes = bytes;
        _start = mmap(0, bytes, writable ? Read | Write : Read, Shared, fd.Number, offset);
        if (_start == -1) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public ref ulong WordAt(long offset) => ref *(ulong*)(_start + (nint)offset);

    public ReadOnlySpan<byte> Bytes(long offset, int length) => new((void*)(_start + (nint)offset), length);

    public void Dispose() => _ = munmap(_start, _bytes);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nuint length);
}
