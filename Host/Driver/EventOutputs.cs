using System.Globalization;
using System.Text;
using System.Text.Json;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;

namespace Chainring.Host.Driver;

/// <summary>
/// What programs put out, as JSON lines: frame, queue, program, map (not of a trace), kind and the bytes in hex; events of one queue in their order. Owns
/// its stream.
/// </summary>
public sealed class EventFile(Stream stream, InstalledChain chain, MapTable maps) : IFrameSink, IDisposable
{
    readonly StreamWriter _text = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    public void Finished(PacketBatch batch)
    {
    }

    public void PutOut(EventLog events)
    {
        foreach (var e in events)
        {
            string map = e.Map == 0 ? "" : $"\"map\":{Quoted(maps.Find(e.Map)!.Spec.Name)},";
            _text.Write(string.Create(CultureInfo.InvariantCulture,
                $"{{\"frame\":{e.Frame},\"queue\":{e.Cpu},\"program\":{Quoted(chain.NameOf(e.Program))},{map}\"kind\":\"{NameOf(e.Kind)}\",\"data\":\"{Convert.ToHexStringLower(e.Data)}\"}}\n"));
        }
    }

    public void Missed(in WireFrame frame, long index, MissReason reason)
    {
    }

    public void Dispose() => _text.Dispose();

    public static string NameOf(EventKind kind) => kind switch
    {
        EventKind.Perf => "perf",
        EventKind.RingBuffer => "ringbuf",
        EventKind.Trace => "trace",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    static string Quoted(string name) => $"\"{JsonEncodedText.Encode(name)}\"";
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
