using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Chainring.Host.Driver.Peers;
using Chainring.Tests.Host.Driver.Emulated;

namespace Chainring.Tests.Oracle;

/// <summary>
/// The real kernel by the same bytes as an emulated host gets them: bpf(2), and a socket of NETLINK_ROUTE of the namespace that the calling thread is in.
/// </summary>
sealed unsafe partial class KernelDriver : IDisposable
{
    const int NetlinkFamily = 16, RawSocket = 3, CloseOnExec = 0x80000, NetlinkLevel = 270, CapAck = 10, ExtAck = 11, BpfCall = 321, AnswerBytes = 1 << 16, LoadAttempts = 10;

    readonly int _socket;
    readonly List<int> _fds = [];

    public KernelDriver(bool extended = true, bool capped = false)
    {
        _socket = Checked(socket(NetlinkFamily, RawSocket | CloseOnExec, 0));
        Span<byte> address = stackalloc byte[12];
        BinaryPrimitives.WriteUInt16LittleEndian(address, NetlinkFamily);
        fixed (byte* at = address) Checked(bind(_socket, at, address.Length));
        int on = 1;
        if (extended) Checked(setsockopt(_socket, NetlinkLevel, ExtAck, &on, sizeof(int)));
        if (capped) Checked(setsockopt(_socket, NetlinkLevel, CapAck, &on, sizeof(int)));
    }

    /// <summary>Sends a request and gives the next datagram.</summary>
    public byte[] Ask(byte[] request)
    {
        fixed (byte* at = request) Checked((int)send(_socket, at, (nuint)request.Length, 0));
        var answer = new byte[AnswerBytes];
        fixed (byte* at = answer) return answer[..Checked((int)recv(_socket, at, (nuint)answer.Length, 0))];
    }

    /// <summary>bpf(2): the result, or a negative errno. A descriptor that comes of it is closed with this.</summary>
    public int Bpf(int command, byte[] attr)
    {
        fixed (byte* at = attr)
        {
            long result = syscall(BpfCall, command, at, (uint)attr.Length);
            return result < 0 ? -Marshal.GetLastPInvokeError() : (int)result;
        }
    }

    /// <summary>A program. A signal, by which the runtime suspends threads, stops its verification with EAGAIN.</summary>
    public int Load(string text, int ifindex = 0, uint flags = 0, int attachType = 0, int type = 6)
    {
        var code = DriverRig.Code(text);
        var license = "GPL\0"u8.ToArray();
        var attr = new byte[148];
        fixed (byte* codeAt = code, licenseAt = license)
        {
            var span = attr.AsSpan();
            BinaryPrimitives.WriteInt32LittleEndian(span, type);
            BinaryPrimitives.WriteInt32LittleEndian(span[4..], code.Length / 8);
            BinaryPrimitives.WriteUInt64LittleEndian(span[8..], (ulong)codeAt);
            BinaryPrimitives.WriteUInt64LittleEndian(span[16..], (ulong)licenseAt);
            BinaryPrimitives.WriteUInt32LittleEndian(span[44..], flags);
            "func"u8.CopyTo(span[48..]);
            BinaryPrimitives.WriteInt32LittleEndian(span[64..], ifindex);
            BinaryPrimitives.WriteInt32LittleEndian(span[68..], attachType);
            int fd, attempt = 0;
            do fd = Bpf(DriverRig.ProgramLoad, attr);
            while (fd == -(int)Errno.EAGAIN && ++attempt < LoadAttempts);
            return Keep(fd);
        }
    }

    public int Keep(int fd)
    {
        if (fd > 0) _fds.Add(fd);
        return fd;
    }

    public void Close(int fd)
    {
        if (_fds.Remove(fd)) close(fd);
    }

    /// <summary>BPF_OBJ_GET_INFO_BY_FD.</summary>
    public byte[] InfoOf(int fd, int bytes)
    {
        var info = new byte[bytes];
        fixed (byte* at = info)
        {
            var attr = new byte[16];
            BinaryPrimitives.WriteInt32LittleEndian(attr, fd);
            BinaryPrimitives.WriteInt32LittleEndian(attr.AsSpan(4), bytes);
            BinaryPrimitives.WriteUInt64LittleEndian(attr.AsSpan(8), (ulong)at);
            Checked(Bpf(DriverRig.Info, attr));
        }
        return info;
    }

    public void Dispose()
    {
        foreach (int fd in _fds) close(fd);
        close(_socket);
    }

    static int Checked(int result) => result >= 0 ? result : throw new Win32Exception(result == -1 ? Marshal.GetLastPInvokeError() : -result);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int fd, void* address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int fd, int level, int option, void* value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int fd, void* bytes, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int fd, void* bytes, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, int command, void* attr, uint size);
}
