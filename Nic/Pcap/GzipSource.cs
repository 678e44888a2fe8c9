using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Chainring.Offload;

namespace Chainring.Nic.Pcap;

/// <summary>
/// What a gzip file holds (RFC 1952), one member after the other, as it comes: from a pipe too, and never more of it at once than was asked
/// for. Damage is a <see cref="Problem"/>, and ends it. Owns the stream.
/// </summary>
/// <remarks>
/// The framework's own <see cref="GZipStream"/> takes a file that was cut short for one that is complete, so only the deflated data are its
/// business here. It reads ahead, and does not tell how far the data reached; the checksum and length that follow them do: they
/// are looked for in the last piece it was given.
/// </remarks>
sealed class GzipSource : Stream
{
    const int FixedHeaderLength = 10, TrailerLength = 8;
    const byte HasHeaderCrc = 2, HasExtra = 4, HasName = 8, HasComment = 16, Reserved = 0xe0;

    readonly Pieces _input;
    readonly string _name;
    readonly Crc32 _crc = new();
    DeflateStream? _member;
    uint _length;
    bool _ended;

    /// <param name="stream">The file, from where <paramref name="begun"/> ends.</param>
    /// <param name="begun">What was read of the file already.</param>
    /// <param name="name">What the sentences call the file.</param>
    public GzipSource(Stream stream, ReadOnlySpan<byte> begun, string name) => (_input, _name) = (new Pieces(stream, begun), name);

    public InputError? Problem { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (!_ended && buffer.Length > 0)
        {
            if (_member is null && !BeginMember()) return 0;
            int read = Inflate(buffer);
            if (read > 0) return read;
            if (!_ended) EndMember();
        }
        return 0;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _member?.Dispose();
            _input.Close();
        }
        base.Dispose(disposing);
    }

    /// <summary>Passes over a member's header; false at the end of the file, which zeros may pad.</summary>
    bool BeginMember()
    {
        while (_input.Fill(1) && _input.Window[0] == 0) _input.Take(1);
        if (_input.Window.IsEmpty) return End(null);
        if (!_input.Fill(FixedHeaderLength)) return Cut();
        byte flags = _input.Window[3];
        if (_input.Window is not [0x1f, 0x8b, 8, ..] || (flags & Reserved) != 0) return Damaged();
        _input.Take(FixedHeaderLength);
        if ((flags & HasExtra) != 0 && !SkipExtra()) return Cut();
        if ((flags & HasName) != 0 && !SkipText()) return Cut();
        if ((flags & HasComment) != 0 && !SkipText()) return Cut();
        if ((flags & HasHeaderCrc) != 0 && !Skip(2)) return Cut();

        _length = 0;
        _crc.Reset();
        _member = new DeflateStream(_input, CompressionMode.Decompress, leaveOpen: true);
        return true;
    }

    int Inflate(Span<byte> buffer)
    {
        try
        {
            int read = _member!.Read(buffer);
            _crc.Append(buffer[..read]);
            _length += (uint)read;
            return read;
        }
        catch (InvalidDataException)
        {
            Damaged();
            return 0;
        }
    }

    void EndMember()
    {
        _member!.Dispose();
        _member = null;
        if (_input.Exhausted)
        {
            Cut();
            return;
        }
        Span<byte> trailer = stackalloc byte[TrailerLength];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _crc.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], _length);
        int piece = _input.GiveBack();
        _input.Fill(piece + TrailerLength);
        int at = _input.Window[..Math.Min(piece + TrailerLength, _input.Window.Length)].IndexOf(trailer);
        if (at < 0) Damaged();
        else _input.Take(at + TrailerLength);
    }

    bool SkipExtra()
    {
        if (!_input.Fill(2)) return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(_input.Window);
        return Skip(2 + length);
    }

    bool SkipText()
    {
        while (_input.Fill(1))
        {
            bool last = _input.Window[0] == 0;
            _input.Take(1);
            if (last) return true;
        }
        return false;
    }

    bool Skip(int count)
    {
        for (; count > 0 && _input.Fill(1); count--) _input.Take(1);
        return count == 0;
    }

    bool Cut() => End(PcapError.GzipCut(_name, _input.Offset + _input.Window.Length));

    bool Damaged() => End(PcapError.GzipDamaged(_name, _input.GivenOffset));

    bool End(InputError? problem)
    {
        Problem = problem;
        _ended = true;
        return false;
    }

    /// <summary>The file, piece by piece; the last one that was read can be given back.</summary>
    sealed class Pieces : Stream
    {
        readonly Stream _stream;
        readonly byte[] _buffer = new byte[1 << 17];
        int _given;
        int _start;
        int _end;

        public Pieces(Stream stream, ReadOnlySpan<byte> begun)
        {
            _stream = stream;
            begun.CopyTo(_buffer);
            _end = begun.Length;
        }

        /// <summary>How many bytes were taken or read.</summary>
        public long Offset { get; private set; }

        /// <summary>Where the last piece that was read begins in the file.</summary>
        public long GivenOffset => Offset - (_start - _given);

        /// <summary>More was read than there is.</summary>
        public bool Exhausted { get; private set; }

        public ReadOnlySpan<byte> Window => _buffer.AsSpan(_start, _end - _start);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        /// <summary>Waits until that many bytes lie in the window; false if there are not so many.</summary>
        public bool Fill(int count)
        {
            if (_buffer.Length - _start < count)
            {
                Window.CopyTo(_buffer);
                (_given, _start, _end) = (0, 0, _end - _start);
            }
            while (_end - _start < count)
            {
                int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
                if (read == 0) return false;
                _end += read;
            }
            return true;
        }

        public void Take(int count)
        {
            _start += count;
            _given = _start;
            Offset += count;
        }

        /// <summary>Undoes the last read, and tells how many bytes it was.</summary>
        public int GiveBack()
        {
            int count = _start - _given;
            (_start, Offset) = (_given, Offset - count);
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            Exhausted = !Fill(1);
            _given = _start;
            var piece = Window[..Math.Min(buffer.Length, Window.Length)];
            piece.CopyTo(buffer);
            _start += piece.Length;
            Offset += piece.Length;
            return piece.Length;
        }

        public override void Flush()
        {
        }

        public override void Close() => _stream.Dispose();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
