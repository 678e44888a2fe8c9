using Chainring.Kernels.Maps;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// What programs do with dynamic pointers (kernel/bpf/helpers.c): 0 or a negative errno, or where in a map's storage or a frame's buffer a slice
/// begins. None of those that XDP programs can make is read-only.
/// </summary>
static class DynptrBytes
{
    /// <summary>No slice.</summary>
    public const long None = -1;

    /// <summary>The slice is a copy in the memory that the caller has given.</summary>
    public const long InBuffer = long.MaxValue;

    /// <summary>Bytes that are copied at once between frames that have pieces.</summary>
    const int Chunk = 256;

    public static long FromValue(ref HelperCall call)
    {
        if ((uint)call.R2 > Dynptr.MaxSize) return -Errno.TooBig;
        if (call.R3 != 0) return -Errno.Invalid;
        call.Made = call.Made with { Map = call.Map, Start = call.ValueOffset, Size = (uint)call.R2, Points = true };
        return 0;
    }

    public static long FromFrame(ref HelperCall call)
    {
        if (call.R2 != 0) return -Errno.Invalid;
        call.Made = call.Made with { Size = (uint)call.Frame.Length, Points = true };
        return 0;
    }

    public static long Clone(ref HelperCall call)
    {
        call.Made = call.Dynptr1;
        return call.Made.Points ? 0 : -Errno.Invalid;
    }

    public static long Adjust(ref Dynptr pointer, uint start, uint end)
    {
        if (!pointer.Points || start > end) return -Errno.Invalid;
        if (end > pointer.Size) return -Errno.Range;
        pointer = pointer with { Offset = pointer.Offset + start, Size = end - start };
        return 0;
    }

    public static long Size(in Dynptr pointer) => pointer.Points ? pointer.Size : -Errno.Invalid;

    public static long Read(ref HelperCall call, in Dynptr from, uint offset, scoped Span<byte> to, ulong flags) =>
        !from.Points || flags != 0 ? -Errno.Invalid
        : !from.Has(offset, (uint)to.Length) ? -Errno.TooBig
        : from.Kind == DynptrKinds.Packet ? PacketBytes.Load(in call.Frame, call.Buffer, from.Offset + offset, to)
        : Copy(InMap(from, offset, to.Length), to);

    public static long Write(ref HelperCall call, in Dynptr to, uint offset, scoped ReadOnlySpan<byte> from, ulong flags) =>
        !to.Points ? -Errno.Invalid
        : !to.Has(offset, (uint)from.Length) ? -Errno.TooBig
        : flags != 0 ? -Errno.Invalid
        : to.Kind == DynptrKinds.Packet ? PacketBytes.Store(in call.Frame, call.Buffer, to.Offset + offset, from)
        : Copy(from, InMap(to, offset, from.Length));

    /// <summary>Of a map's memory only; what is the frame's is for slices.</summary>
    public static long Data(in Dynptr pointer, uint offset, uint length) =>
        pointer.Points && pointer.Has(offset, length) && pointer.Kind != DynptrKinds.Packet ? pointer.Start + pointer.Offset + offset : None;

    /// <summary>Bytes of the frame that do not lie in one piece, or are no longer there, are copied as far as there are any, if there is memory for that.</summary>
    public static long Slice(ref HelperCall call, uint offset, uint length)
    {
        ref readonly var pointer = ref call.Dynptr1;
        if (!pointer.Points || !pointer.Has(offset, length)) return None;
        if (pointer.Kind != DynptrKinds.Packet) return pointer.Start + pointer.Offset + offset;
        int place = PacketBytes.Find(in call.Frame, pointer.Offset + offset, (int)length);
        if (place >= 0) return place;
        if (call.R3 == 0) return None;
        PacketBytes.LoadWhatThereIs(in call.Frame, call.Buffer, pointer.Offset + offset, call.Memory1);
        return InBuffer;
    }

    /// <summary>As if all were read before any is written, where both lie in one piece; from front to back otherwise.</summary>
    public static long Copy(ref HelperCall call, in Dynptr to, uint toOffset, in Dynptr from, uint fromOffset, uint length)
    {
        var source = InOnePiece(ref call, from, fromOffset, length, out bool hasSource);
        var target = InOnePiece(ref call, to, toOffset, length, out bool hasTarget);
        if (hasSource) return hasTarget ? Copy(source, target) : Write(ref call, to, toOffset, source, flags: 0);
        if (hasTarget) return Read(ref call, from, fromOffset, target, flags: 0);
        if (!to.Has(toOffset, length) || !from.Has(fromOffset, length)) return -Errno.TooBig;
        Span<byte> chunk = stackalloc byte[Chunk];
        for (uint done = 0; done < length; done += Chunk)
        {
            var piece = chunk[..(int)Math.Min(Chunk, length - done)];
            long error = Read(ref call, from, fromOffset + done, piece, flags: 0);
            if (error == 0) error = Write(ref call, to, toOffset + done, piece, flags: 0);
            if (error != 0) return error;
        }
        return 0;
    }

    /// <summary>Sets bytes to a value.</summary>
    public static long Fill(ref HelperCall call, in Dynptr to, uint offset, uint length, byte value)
    {
        var target = InOnePiece(ref call, to, offset, length, out bool isThere);
        target.Fill(value);
        if (isThere || !to.Has(offset, length)) return isThere ? 0 : -Errno.TooBig;
        Span<byte> chunk = stackalloc byte[Chunk];
        chunk.Fill(value);
        for (uint done = 0; done < length; done += Chunk)
        {
            long error = Write(ref call, to, offset + done, chunk[..(int)Math.Min(Chunk, length - done)], flags: 0);
            if (error != 0) return error;
        }
        return 0;
    }

    static Span<byte> InOnePiece(ref HelperCall call, in Dynptr pointer, uint offset, uint length, out bool isThere)
    {
        isThere = pointer.Points && pointer.Has(offset, length);
        if (!isThere) return default;
        if (pointer.Kind != DynptrKinds.Packet) return InMap(pointer, offset, (int)length);
        int place = PacketBytes.Find(in call.Frame, pointer.Offset + offset, (int)length);
        isThere = place >= 0;
        return isThere ? call.Buffer.Slice(place, (int)length) : default;
    }

    static Span<byte> InMap(in Dynptr pointer, uint offset, int length) => pointer.Map!.Storage.AsSpan(pointer.Start + (int)(pointer.Offset + offset), length);

    static long Copy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        from.CopyTo(to);
        return 0;
    }
}
