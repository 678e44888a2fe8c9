using Chainring.Offload;

namespace Chainring.Nic.Pcap;

/// <summary>
/// The bytes of a capture, front to back, from a file or a pipe. Owns the stream and a window of it, which is never larger than
/// <see cref="CaptureReader.MaxCapturedLength"/> bytes.
/// </summary>
sealed class CaptureBytes(Stream stream, string name) : IDisposable
{
    byte[] _buffer = new byte[65_536];
    int _start;
    int _end;

    /// <summary>What the sentences call the file.</summary>
    public string Name => name;

    /// <summary>Why there are no more bytes, if the reason is damage to the compressed file.</summary>
    public InputError? Problem => (stream as GzipSource)?.Problem;

    /// <summary>How many bytes were taken.</summary>
    public long Offset { get; private set; }

    /// <summary>How many bytes were taken or lie in the window: after a short <see cref="Fill"/>, how many there are at all.</summary>
    public long End => Offset + (_end - _start);

    public ReadOnlySpan<byte> Window => _buffer.AsSpan(_start, _end - _start);

    /// <summary>
    /// Waits until <paramref name="count"/> bytes lie in the window, or the stream ends; never for more than that, so that a frame from a
    /// pipe is delivered when it arrives. Returns how many of them are there.
    /// </summary>
    public int Fill(int count)
    {
        if (_buffer.Length - _start < count) MakeRoom(count);
        while (_end - _start < count)
        {
            int read = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0) return _end - _start;
            _end += read;
        }
        return count;
    }

    /// <summary>The first bytes of the window, which has that many; valid until the next <see cref="Fill"/> or <see cref="Skip"/>.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        var taken = Window[..count];
        _start += count;
        Offset += count;
        return taken;
    }

    /// <summary>Passes over that many bytes; false if the stream ends before.</summary>
    public bool Skip(long count)
    {
        while (count > 0)
        {
            int part = Fill((int)Math.Min(count, _buffer.Length));
            if (part == 0) return false;
            Take(part);
            count -= part;
        }
        return true;
    }

    public void Dispose() => stream.Dispose();

    void MakeRoom(int count)
    {
        var kept = Window;
        if (_buffer.Length < count)
        {
            byte[] larger = new byte[CaptureReader.MaxCapturedLength];
            kept.CopyTo(larger);
            _buffer = larger;
        }
        else
        {
            kept.CopyTo(_buffer);
        }
        _end -= _start;
        _start = 0;
    }
}
