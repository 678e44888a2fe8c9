namespace Chainring.Nic.Wire;

/// <summary>
/// A cable from the port's output to its input: what is sent is received, in the order of sending. Any number of threads may send while
/// one receives.
/// </summary>
/// <param name="frames">How many may be under way; no more are taken until one is received.</param>
public sealed class LoopbackWire(int frames = 256) : IWire
{
    readonly FrameQueue _underWay = new(frames);
    bool _disposed;

    /// <summary>Once it is disposed and what was under way is received.</summary>
    public bool Ended
    {
        get
        {
            lock (_underWay) return _disposed && _underWay.Count == 0;
        }
    }

    public bool TryReceive(out WireFrame frame)
    {
        lock (_underWay) return _underWay.TryTake(out frame);
    }

    public void Wait(TimeSpan atMost)
    {
        lock (_underWay)
        {
            if (_underWay.Count == 0) Monitor.Wait(_underWay, atMost);
        }
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong timestampNs, int queue)
    {
        lock (_underWay)
        {
            if (_disposed || !_underWay.TryPut(new WireFrame(frame, timestampNs, (uint)frame.Length))) return false;
            Monitor.Pulse(_underWay);
            return true;
        }
    }

    /// <summary>Takes a bulk in one turn.</summary>
    public void Send(TxBulk bulk)
    {
        lock (_underWay)
        {
            for (int n = 0; n < bulk.Count; n++)
            {
                var bytes = bulk.Bytes(n);
                if (!_disposed && _underWay.TryPut(new WireFrame(bytes, bulk.TimestampNs(n), (uint)bytes.Length))) bulk.Take(n);
            }
            Monitor.Pulse(_underWay);
        }
    }

    public void Dispose()
    {
        lock (_underWay)
        {
            _disposed = true;
            Monitor.PulseAll(_underWay);
        }
    }
}
