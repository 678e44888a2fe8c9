using System.Buffers.Binary;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// The arguments of a format as the kernel lays them out before anything is printed (bpf_bprintf_prepare): numbers of 4 and 8 bytes at multiples
/// of 4, characters, and what pointers lead to as text with a 0 at its end. Who reads them must read in the same order.
/// </summary>
ref struct TraceArguments(Span<byte> bytes, in HelperCall call)
{
    /// <summary>Room for all of them.</summary>
    public const int MaxBytes = 512;

    const int Ipv4Bytes = 4, Ipv6Bytes = 16;

    readonly Span<byte> _bytes = bytes;
    readonly HelperCall _call = call;
    int _at;

    /// <summary>Checks a format, and lays out its arguments: 0 or a negative errno.</summary>
    public int Prepare(scoped ReadOnlySpan<byte> text, scoped ReadOnlySpan<ulong> arguments)
    {
        var format = new TraceFormat(text);
        int next = 0, error;
        while (format.TryNext(out var conversion, out error))
        {
            if (conversion.Piece == TracePiece.Letter) continue;
            if (next == arguments.Length) return -Errno.Invalid;
            error = Add(conversion, arguments[next++]);
            if (error != 0) return error;
        }
        _at = 0;
        return error;
    }

    int Add(in TraceConversion conversion, ulong argument) => conversion.Piece switch
    {
        TracePiece.Character => AddNumber(argument, 1),
        TracePiece.Number => AddNumber(argument, sizeof(uint)),
        TracePiece.LongNumber or TracePiece.Pointer or TracePiece.Symbol => AddNumber(argument, sizeof(ulong)),
        TracePiece.Ip => AddIp(argument, conversion),
        _ => AddString(argument),
    };

    int AddNumber(ulong number, int size)
    {
        Align(size);
        if (_bytes.Length - _at < size) return -Errno.NoSpace;
        Span<byte> whole = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(whole, number);
        whole[..size].CopyTo(_bytes[_at..]);
        _at += size;
        return 0;
    }

    /// <summary>A string that cannot be read is empty; one for which there is not room enough is cut.</summary>
    int AddString(ulong address)
    {
        if (_at == _bytes.Length) return -Errno.NoSpace;
        int length = 0;
        for (; length < _bytes.Length - _at - 1; length++)
        {
            if (!_call.TryRead(address + (uint)length, 1, out var letter))
            {
                length = 0;
                break;
            }
            if (letter[0] == 0) break;
            _bytes[_at + length] = letter[0];
        }
        _bytes[_at + length] = 0;
        _at += length + 1;
        return 0;
    }

    /// <summary>An address that cannot be read is all zeroes.</summary>
    int AddIp(ulong address, in TraceConversion conversion)
    {
        bool four = conversion.Letter == '4';
        int bytes = four ? Ipv4Bytes : Ipv6Bytes;
        if (_bytes.Length - _at < bytes) return -Errno.NoSpace;
        Span<byte> ip = stackalloc byte[Ipv6Bytes];
        ip.Clear();
        if (_call.TryRead(address, bytes, out var source)) source.CopyTo(ip);
        var text = new TraceText(_bytes[_at..]);
        for (int n = 0; n < bytes; n += four ? 1 : 2)
        {
            if (n > 0 && (four || !conversion.IsPlain)) text.Put(four ? (byte)'.' : (byte)':');
            if (four) text.PutNumber(conversion.IsPlain ? new() { Zero = true, Width = 3 } : default, ip[n], signed: false, 10, upper: false);
            else text.PutNumber(new() { Zero = true, Width = 4 }, BinaryPrimitives.ReadUInt16BigEndian(ip[n..]), signed: false, 16, upper: false);
        }
        if (text.Length >= _bytes.Length - _at) return -Errno.NoSpace;
        text.End();
        _at += text.Length + 1;
        return 0;
    }

    /// <summary>The next number, which has so many bytes.</summary>
    public ulong Number(int size)
    {
        Align(size);
        Span<byte> whole = stackalloc byte[sizeof(ulong)];
        whole.Clear();
        _bytes.Slice(_at, Math.Min(size, _bytes.Length - _at)).CopyTo(whole);
        _at = Math.Min(_at + size, _bytes.Length);
        return BinaryPrimitives.ReadUInt64LittleEndian(whole);
    }

    /// <summary>The next text, without its 0.</summary>
    public ReadOnlySpan<byte> Text()
    {
        var rest = _bytes[_at..];
        int length = rest.IndexOf((byte)0);
        if (length < 0) length = rest.Length;
        _at = Math.Min(_at + length + 1, _bytes.Length);
        return rest[..length];
    }

    void Align(int size)
    {
        if (size >= sizeof(uint)) _at = Math.Min((_at + sizeof(uint) - 1) & ~(sizeof(uint) - 1), _bytes.Length);
    }
}
