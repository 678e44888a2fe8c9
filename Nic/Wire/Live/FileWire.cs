using System.Runtime.InteropServices;

namespace Chainring.Nic.Wire.Live;

/// <summary>
/// A wire that is a non-blocking file descriptor, which it owns, on which each read and each write is one frame. One thread receives,
/// any number may send; it is disposed when none of them does any more. Timestamps are the wall clock's when a frame is read.
/// </summary>
public abstract unsafe class FileWire : IWire
{
    /// <summary>The longest packet of IP, its Ethernet header and some room, so that the port can count what is too long for it.</summary>
    private protected const int BufferBytes = 65_700;

    int _fd;
    bool _gone;

    private protected FileWire(int fd, string name) => (_fd, Name) = (fd, name);

    /// <summary>The interface's name.</summary>
    public string Name { get; }

    /// <summary>Once it is disposed, or its interface is deleted by someone else; an interface that is down may come up again.</summary>
    public bool Ended => _fd < 0 || _gone;

    /// <summary>Below 0 once it is disposed.</summary>
    private protected int Fd => _fd;

    private protected byte[] Buffer { get; } = GC.AllocateArray<byte>(BufferBytes, pinned: true);

    public bool TryReceive(out WireFrame frame)
    {
        frame = default;
        if (Ended) return false;
        var bytes = Read(_fd);
        if (bytes.IsEmpty)
        {
            _gone = IsGone(_fd, Marshal.GetLastPInvokeError());
            return false;
        }
        frame = new WireFrame(bytes, WallClock.Nanoseconds(), (uint)bytes.Length);
        return true;
    }

    public void Wait(TimeSpan atMost)
    {
        // poll(2) leaves out a descriptor below 0, and waits all the same.
        var poll = new Libc.PollFd { Fd = Ended ? -1 : _fd, Events = Libc.POLLIN };
        _ = Libc.Poll(&poll, 1, (int)Math.Ceiling(atMost.TotalMilliseconds));
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue) => _fd >= 0 && Write(_fd, frame);

    public void Dispose()
    {
        if (_fd >= 0) _ = Libc.Close(_fd);
        _fd = -1;
        GC.SuppressFinalize(this);
    }

    /// <summary>The next frame, somewhere in <see cref="Buffer"/>; empty if there is none.</summary>
    private protected virtual ReadOnlySpan<byte> Read(int fd)
    {
        nint read;
        fixed (byte* buffer = Buffer) read = Libc.Read(fd, buffer, (nuint)Buffer.Length);
        return Buffer.AsSpan(0, (int)Math.Max(0, read));
    }

    /// <summary>Whether an error of reading says that there is no interface any more.</summary>
    private protected virtual bool IsGone(int fd, int error) => error == Libc.EBADFD;

    private protected virtual bool Write(int fd, ReadOnlySpan<byte> frame)
    {
        fixed (byte* bytes = frame) return Libc.Write(fd, bytes, (nuint)frame.Length) == frame.Length;
    }
}
