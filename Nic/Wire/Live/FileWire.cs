namespace Chainring.Nic.Wire.Live;

/// <summary>A wire that is a non-blocking file descriptor on which each read and each write is one frame.</summary>
public abstract unsafe class FileWire : IWire
{
    /// <summary>Longest frame taken: a jumbo frame and some room, so that the port can count what is too long.</summary>
    const int BufferBytes = 65_600;

    readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    int _fd;

    private protected FileWire(int fd, string name) => (_fd, Name) = (fd, name);

    /// <summary>The interface's name.</summary>
    public string Name { get; }

    public bool Ended => _fd < 0;

    public bool TryReceive(out WireFrame frame)
    {
        frame = default;
        if (_fd < 0) return false;
        nint read;
        fixed (byte* buffer = _buffer) read = Libc.Read(_fd, buffer, BufferBytes);
        if (read <= 0) return false;
        frame = new WireFrame(_buffer.AsSpan(0, (int)read), WallClock.Nanoseconds(), (uint)read);
        return true;
    }

    public void Wait(TimeSpan atMost)
    {
        var poll = new Libc.PollFd { Fd = _fd, Events = Libc.POLLIN };
        _ = Libc.Poll(&poll, 1, (int)Math.Ceiling(atMost.TotalMilliseconds));
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue)
    {
        if (_fd < 0) return false;
        fixed (byte* bytes = frame) return Libc.Write(_fd, bytes, (nuint)frame.Length) == frame.Length;
    }

    public void Dispose()
    {
        if (_fd >= 0) _ = Libc.Close(_fd);
        _fd = -1;
        GC.SuppressFinalize(this);
    }
}
