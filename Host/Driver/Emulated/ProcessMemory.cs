namespace Chainring.Host.Driver.Emulated;

/// <summary>The memory of a process that makes system calls, at its addresses.</summary>
public interface IProcessMemory
{
    /// <summary>False if the process may not read all of that (EFAULT).</summary>
    bool TryRead(ulong address, Span<byte> into);

    /// <summary>False if it may not write all of that (EFAULT).</summary>
    bool TryWrite(ulong address, ReadOnlySpan<byte> bytes);
}

/// <summary>Memory of a process that is only emulated: blocks that were asked for, with gaps between them.</summary>
public sealed class ProcessMemory : IProcessMemory
{
    const ulong FirstAddress = 0x10_0000, Gap = 0x1000;

    readonly SortedList<ulong, byte[]> _blocks = [];
    ulong _next = FirstAddress;

    /// <summary>The address of so many bytes of zeros.</summary>
    public ulong Allocate(int bytes)
    {
        ulong address = _next;
        _blocks.Add(address, new byte[bytes]);
        _next += ((ulong)bytes + 2 * Gap - 1) / Gap * Gap;
        return address;
    }

    /// <summary>The address of a copy.</summary>
    public ulong Place(ReadOnlySpan<byte> bytes)
    {
        ulong address = Allocate(bytes.Length);
        bytes.CopyTo(_blocks[address]);
        return address;
    }

    /// <summary>Gives a block back.</summary>
    public void Free(ulong address) => _blocks.Remove(address);

    /// <summary>What is at an address; throws where there is nothing.</summary>
    public byte[] Read(ulong address, int bytes)
    {
        var into = new byte[bytes];
        return TryRead(address, into) ? into : throw new ArgumentOutOfRangeException(nameof(address));
    }

    public bool TryRead(ulong address, Span<byte> into)
    {
        if (into.IsEmpty) return true;
        if (!Locate(address, into.Length, out var block)) return false;
        block.CopyTo(into);
        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return true;
        if (!Locate(address, bytes.Length, out var block)) return false;
        bytes.CopyTo(block);
        return true;
    }

    bool Locate(ulong address, int length, out Span<byte> found)
    {
        found = default;
        int low = 0, high = _blocks.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_blocks.GetKeyAtIndex(middle) <= address) low = middle;
            else high = middle - 1;
        }
        if (_blocks.Count == 0 || address < _blocks.GetKeyAtIndex(low)) return false;
        var block = _blocks.GetValueAtIndex(low);
        ulong at = address - _blocks.GetKeyAtIndex(low);
        if (at > (ulong)block.Length || (ulong)length > (ulong)block.Length - at) return false;
        found = block.AsSpan((int)at, length);
        return true;
    }
}
