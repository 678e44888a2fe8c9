namespace Chainring.Nic.Wire;

/// <summary>Whose turn it is.</summary>
public enum FlowOrder
{
    /// <summary>One frame of each flow, then again.</summary>
    RoundRobin,
    Uniform,
    /// <summary>Flow i gets a share of 1/(i+1): a few flows have most of the traffic.</summary>
    Zipf,
}

/// <summary>Draws flow indices. The Zipf table holds 8 bytes per flow, and no floating point, which differs between machines.</summary>
sealed class FlowPicker
{
    readonly FlowOrder _order;
    readonly int _flows;
    readonly ulong[] _upTo;
    int _next;

    public FlowPicker(FlowOrder order, int flows)
    {
        _order = order;
        _flows = flows;
        _upTo = order == FlowOrder.Zipf ? new ulong[flows] : [];
        var total = 0UL;
        for (var i = 0; i < _upTo.Length; i++) _upTo[i] = total += (1UL << 40) / (ulong)(i + 1);
    }

    public int Draw(ref SplitMix64 random)
    {
        if (_order == FlowOrder.Uniform) return random.Below(_flows);
        if (_order == FlowOrder.Zipf)
        {
            // The flow whose range of the running total holds the number: the first entry above it.
            var at = _upTo.AsSpan().BinarySearch(random.Below(_upTo[^1]));
            return at >= 0 ? at + 1 : ~at;
        }
        var flow = _next;
        _next = flow + 1 == _flows ? 0 : flow + 1;
        return flow;
    }
}
