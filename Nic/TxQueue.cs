using Chainring.Kernels;
using Chainring.Nic.Wire;

namespace Chainring.Nic;

/// <summary>
/// What one CPU sends out of one port: frames are gathered into bulks and leave when a bulk is full, or when the batch that they are of is
/// carried out. So a frame lies here only while its batch still owns the buffer. For the CPU's thread alone.
/// </summary>
public sealed class TxQueue
{
    readonly Port _port;
    readonly TxBulk _bulk;
    readonly FrameEnd[] _ends = new FrameEnd[TxBulk.Capacity];

    internal TxQueue(Port port, int cpu)
    {
        _port = port;
        _bulk = new TxBulk(cpu);
    }

    /// <summary>Frames that the wire took.</summary>
    public long Frames { get; private set; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Frames that the wire did not take.</summary>
    public long Refused { get; private set; }

    /// <summary>Bulks that left.</summary>
    public long Bulks { get; private set; }

    /// <summary>Appends a frame of a batch, which ends as <paramref name="end"/> if the wire takes it.</summary>
    internal void Put(PacketBatch batch, int frame, FrameEnd end, RxQueue from)
    {
        _ends[_bulk.Count] = end;
        _bulk.Add(batch, frame);
        if (_bulk.Count == TxBulk.Capacity) Flush(from);
    }

    /// <summary>Sends what is gathered, and says to the queue that the frames came from how each of them ended.</summary>
    internal void Flush(RxQueue from)
    {
        if (_bulk.Count == 0) return;
        _port.Wire.Send(_bulk);
        for (int n = 0; n < _bulk.Count; n++) from.CountEnd(Count(_bulk.IsTaken(n), _bulk.Bytes(n).Length) ? _ends[n] : FrameEnd.Refused);
        Bulks++;
        _bulk.Clear();
    }

    /// <summary>Sends a copy at once, behind what is gathered; whether the wire took it.</summary>
    internal bool SendCopy(ReadOnlySpan<byte> bytes, ulong timestampNs, RxQueue from)
    {
        Flush(from);
        return Count(_port.Wire.TrySend(bytes, timestampNs, _bulk.Queue), bytes.Length);
    }

    bool Count(bool taken, int bytes)
    {
        if (taken)
        {
            Frames++;
            Bytes += bytes;
        }
        else
        {
            Refused++;
        }
        return taken;
    }
}
