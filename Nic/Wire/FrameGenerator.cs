namespace Chainring.Nic.Wire;

/// <summary>
/// An endless, reproducible stream of Ethernet frames with correct lengths and checksums, but for the asked-for share of broken ones.
/// Allocates nothing after construction. Not for several threads: give each its own, with its own seed.
/// </summary>
public sealed class FrameGenerator
{
    const int FragmentsPerDatagram = 3;

    readonly TrafficSpec _spec;
    readonly FlowShape[] _shapes;
    readonly FlowPicker _picker;
    readonly byte[] _datagram;
    SplitMix64 _random;
    uint _number;

    // The datagram that is being sent in fragments; none of its fragments is left at 0.
    Flow _fragmented;
    int _fragmentsLeft;
    int _fragmentLength;

    public FrameGenerator(TrafficSpec spec)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(spec.Flows, 1, nameof(spec));
        ArgumentOutOfRangeException.ThrowIfZero(spec.Shapes.Count, nameof(spec));
        foreach (var shape in spec.Shapes)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)shape.Tags, 2u, nameof(spec));
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)shape.OptionWords, 10u, nameof(spec));
        }
        _spec = spec;
        _shapes = [.. spec.Shapes];
        _picker = new FlowPicker(spec.Order, spec.Flows);
        _random = new SplitMix64(spec.Seed);
        _datagram = _shapes.Any(shape => shape.Fragmented) ? new byte[FragmentsPerDatagram * spec.LongestFrame] : [];
        LongestFrame = spec.LongestFrame;
    }

    /// <summary>What a buffer for <see cref="Next"/> must hold.</summary>
    public int LongestFrame { get; }

    /// <summary>Writes the next frame and returns its length.</summary>
    public int Next(Span<byte> buffer)
    {
        if (_fragmentsLeft > 0) return NextFragment(buffer);

        var index = _picker.Draw(ref _random);
        var flow = new Flow(_spec.Seed, index, _shapes[index % _shapes.Length]);
        var size = _spec.Sizes.Draw(ref _random);
        _number++;
        if (flow.Shape is { Fragmented: true, IsIp: true })
        {
            BeginFragments(flow, size);
            return NextFragment(buffer);
        }

        var frame = buffer[..Math.Max(size, flow.Shape.ShortestFrame)];
        Write(flow, _number, frame);
        return _spec.DefectPercent > 0 && _random.Below(100) < _spec.DefectPercent ? Break(flow.Shape, frame) : frame.Length;
    }

    /// <summary>
    /// Writes one whole frame: the <paramref name="number"/>th of its flow, exactly as long as <paramref name="frame"/>, which has room
    /// for <see cref="FlowShape.ShortestFrame"/>.
    /// </summary>
    public static void Write(in Flow flow, uint number, Span<byte> frame)
    {
        FrameHeaders.Write(flow, number, frame);
        var rest = frame[flow.Shape.TransportOffset..];
        if (flow.Shape.IsIp) Segment.Write(flow, number, rest);
        else if (flow.Shape.Network == Network.Arp) rest.Clear();
        else Segment.FillPayload(flow.KeyOf(number), rest);
    }

    /// <summary>Every fragment but the last carries a multiple of 8 bytes, and here the last as well.</summary>
    void BeginFragments(in Flow flow, int size)
    {
        var length = Math.Max(size - flow.Shape.TransportOffset, flow.Shape.TransportLength + 7) & ~7;
        _fragmented = flow;
        _fragmentsLeft = FragmentsPerDatagram;
        // The datagram before it was cut must still be one that IP can carry.
        _fragmentLength = Math.Min(length, (ushort.MaxValue - FlowShape.Ipv4Length - 40) / FragmentsPerDatagram & ~7);
        Segment.Write(flow, _number, _datagram.AsSpan(0, FragmentsPerDatagram * _fragmentLength));
    }

    int NextFragment(Span<byte> buffer)
    {
        var offset = (FragmentsPerDatagram - _fragmentsLeft--) * _fragmentLength;
        var headers = _fragmented.Shape.TransportOffset;
        var frame = buffer[..(headers + _fragmentLength)];
        FrameHeaders.Write(_fragmented, _number, frame, offset, moreFragments: _fragmentsLeft > 0);
        _datagram.AsSpan(offset, _fragmentLength).CopyTo(frame[headers..]);
        return frame.Length;
    }

    int Break(in FlowShape shape, Span<byte> frame)
    {
        Defect defect;
        do defect = (Defect)_random.Below(Defects.Count);
        while (!Defects.Fits(defect, shape));
        return Defects.Apply(defect, shape, frame, ref _random);
    }
}
