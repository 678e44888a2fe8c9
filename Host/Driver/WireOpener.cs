using Chainring.Nic;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Live;
using Chainring.Nic.Wire.Wrappers;
using Chainring.Offload;

namespace Chainring.Host.Driver;

/// <summary>Makes wires of what a card file says of them.</summary>
/// <param name="Live">For a card in operation: captures and generators keep to the clock; otherwise their frames are there at once.</param>
/// <param name="OpenCapture">Opens a capture to be played so often.</param>
/// <param name="Create">Opens an output file for writing.</param>
public sealed record WireOpener(bool Live, Func<string, int, Result<PcapWire>> OpenCapture, Func<string, Stream> Create)
{
    const int UsualMbps = 10_000;

    readonly List<PcapWire> _captures = [];

    /// <summary>Why a capture that was opened ended early; null if none did.</summary>
    public Problem? Problem => _captures.Select(c => c.Problem).FirstOrDefault(p => p is not null);

    /// <summary>
    /// Puts around a wire what its description asks for, opening the files that are written. They are opened only when every wire is there: a card
    /// that cannot be plugged in touches no file.
    /// </summary>
    /// <param name="faults">The injector among them, if there is one.</param>
    public IWire Wrap(IWire wire, WireSpec spec, PortConfig port, out FaultInjectorWire? faults)
    {
        faults = null;
        if (Live && spec is { Kind: WireKind.Capture, Paced: true }) wire = new PacedWire(wire);
        // Nearest to the medium first: what is sent is what really leaves, what is recorded and traced is what the port sees.
        if (spec.Out is { } sent) wire = new CaptureTapWire(wire, Writer(sent, port), Direction.Out);
        if (spec.FaultsIn is not null || spec.FaultsOut is not null) wire = faults = new FaultInjectorWire(wire, spec.FaultsIn ?? new(), spec.FaultsOut ?? new());
        if (spec.Record is { } record) wire = new CaptureTapWire(wire, Writer(record, port));
        if (spec.Trace is { } trace) wire = new TracerWire(wire, new StreamWriter(Create(trace)) { AutoFlush = Live });
        return wire;
    }

    /// <summary>The wire itself.</summary>
    public Result<IWire> Open(WireSpec spec, PortConfig port)
    {
        switch (spec.Kind)
        {
            case WireKind.Capture:
                if (!OpenCapture(spec.Name, spec.Repeat).Try(out var capture, out var problem)) return CardFileError.NoWire(spec.Where, problem);
                _captures.Add(capture);
                return capture;
            case WireKind.Tap:
                return TapWire.Open(spec.Name).Try(out var tap, out problem) ? tap : CardFileError.NoWire(spec.Where, problem);
            case WireKind.Interface:
                return PacketSocketWire.Open(spec.Name).Try(out var socket, out problem) ? socket : CardFileError.NoWire(spec.Where, problem);
            case WireKind.Generate:
                int mbps = spec.RateMbps != 0 ? spec.RateMbps : port.SpeedMbps != 0 ? port.SpeedMbps : UsualMbps;
                ulong bitsPerSecond = 1_000_000UL * (ulong)mbps;
                return new GeneratorWire(spec.Traffic, Live ? Pacing.RealTime(bitsPerSecond) : Pacing.Timestamps(bitsPerSecond), spec.Frames ?? long.MaxValue);
            case WireKind.Loopback:
                return new LoopbackWire();
            default:
                return new NullWire();
        }
    }

    CaptureWriter Writer(string path, PortConfig port) => CaptureWriter.Create(Create(path), path, port.Name);
}
