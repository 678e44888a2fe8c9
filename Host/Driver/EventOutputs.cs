using System.Buffers;
using System.Text.Json;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;

namespace Chainring.Host.Driver;

/// <summary>
/// What programs put out, as JSON lines: frame, queue, program, map (not of a trace), kind and the bytes in hex; events of one queue in their order. The
/// CPUs of a running card write by turns, the whole lines of a batch each. Allocates only while batches have more to say than any before. Owns its stream.
/// </summary>
public sealed class EventFile : IFrameSink, IDisposable
{
    static readonly byte[] NewLine = "\n"u8.ToArray();

    readonly Stream _stream;
    readonly ProgramNames _programs;
    readonly MapTable _maps;
    readonly Lock _lock = new();
    readonly ArrayBufferWriter<byte> _text = new();
    readonly Utf8JsonWriter _json;
    byte[] _hex = [];

    public EventFile(Stream stream, InstalledChain chain, MapTable maps)
    {
        (_stream, _programs, _maps) = (stream, chain.Names, maps);
        _json = new(_text);
    }

    public void Finished(PacketBatch batch)
    {
    }

    public void PutOut(EventLog events)
    {
        lock (_lock)
        {
            foreach (var e in events) Write(e);
            _stream.Write(_text.WrittenSpan);
            _text.ResetWrittenCount();
        }
    }

    public void Missed(in WireFrame frame, long index, MissReason reason)
    {
    }

    public void Dispose()
    {
        _json.Dispose();
        _stream.Dispose();
    }

    public static string NameOf(EventKind kind) => kind switch
    {
        EventKind.Perf => "perf",
        EventKind.RingBuffer => "ringbuf",
        EventKind.Trace => "trace",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    void Write(in CardEvent e)
    {
        if (_hex.Length < 2 * e.Data.Length) _hex = new byte[2 * e.Data.Length];
        Convert.TryToHexStringLower(e.Data, _hex, out int digits);
        _json.WriteStartObject();
        _json.WriteNumber("frame", e.Frame);
        _json.WriteNumber("queue", e.Cpu);
        _json.WriteString("program", _programs[e.Program]);
        if (e.Map != 0) _json.WriteString("map", _maps.Find(e.Map)!.Spec.Name);
        _json.WriteString("kind", NameOf(e.Kind));
        _json.WriteString("data", _hex.AsSpan(0, digits));
        _json.WriteEndObject();
        _json.Flush();
        _text.Write(NewLine);
        _json.Reset();
    }
}

/// <summary>What perf events have of their packets (BPF_F_CTXLEN), as a capture: packet bytes without what the program put before them. Owns its writer.</summary>
public sealed class EventCapture(CaptureWriter writer) : IFrameSink, IDisposable
{
    public void Finished(PacketBatch batch)
    {
    }

    public void PutOut(EventLog events)
    {
        foreach (var e in events)
        {
            if (e.PacketBytes > 0) writer.Write(e.TimestampNs, e.Packet);
        }
    }

    public void Missed(in WireFrame frame, long index, MissReason reason)
    {
    }

    public void Dispose() => writer.Dispose();
}
