using System.Text;
using Chainring.Offload;

namespace Chainring.Nic.Wire.Live;

/// <summary>
/// A TAP interface: what the host sends into it the card receives, and the other way round. Made when opened, unless it exists; gone when
/// closed, unless it was made persistent by someone else. Lies in the network namespace of the thread that opened it. No offload is
/// asked for: checksums and VLAN tags are in the frames, and nothing is merged. Needs CAP_NET_ADMIN.
/// </summary>
public sealed unsafe class TapWire : FileWire
{
    const nuint TUNSETIFF = 0x400454ca;
    const ushort IFF_TAP = 0x0002, IFF_NO_PI = 0x1000;
    const int NameBytes = 16, RequestBytes = 40;

    TapWire(int fd, string name) : base(fd, name)
    {
    }

    public static Result<TapWire> Open(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) >= NameBytes) return WireError.Name(name);
        int fd = Libc.Open("/dev/net/tun", Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
        if (fd < 0) return WireError.Cannot("open /dev/net/tun", name, Libc.LastError());

        byte* request = stackalloc byte[RequestBytes];
        new Span<byte>(request, RequestBytes).Clear();
        Encoding.UTF8.GetBytes(name, new Span<byte>(request, NameBytes));
        *(ushort*)(request + NameBytes) = IFF_TAP | IFF_NO_PI;
        if (Libc.Ioctl(fd, TUNSETIFF, request) == 0) return new TapWire(fd, name);

        var error = WireError.Cannot("make the TAP interface", name, Libc.LastError());
        _ = Libc.Close(fd);
        return error;
    }
}
