using System.Buffers;
using System.Buffers.Text;
using System.IO.Hashing;
using System.Text;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>Tells several sinks.</summary>
public sealed class FrameSinks(params IFrameSink[] sinks) : IFrameSink
{
    public void Finished(PacketBatch batch)
    {
        foreach (var sink in sinks) sink.Finished(batch);
    }

    public void PutOut(EventLog events)
    {
        foreach (var sink in sinks) sink.PutOut(events);
    }

    public void Missed(in WireFrame frame, long index, MissReason reason)
    {
        foreach (var sink in sinks) sink.Missed(frame, index, reason);
    }
}

/// <summary>
/// One line per received frame, in arrival order, tab-separated: index, verdict (or <c>missed</c>), length in bytes, CRC-32 (IEEE) of the
/// frame as it left the chain. Lines of several queues wait until those of earlier frames are there. Owns its stream.
/// </summary>
public sealed class VerdictFile(Stream stream) : IFrameSink, IDisposable
{
    readonly byte[] _text = new byte[64];
    Line[] _waiting = new Line[1024];
    long _next;

    /// <summary>What is known of a frame; no verdict: not yet known.</summary>
    readonly record struct Line(string? Verdict, int Length, uint Crc);

    public void Finished(PacketBatch batch)
    {
        for (int n = 0; n < batch.Count; n++) Put(batch.Frame(n).Index, Names.Of(batch.Verdicts[n].Action), batch.Bytes(n));
    }

    public void Missed(in WireFrame frame, long index, MissReason reason) => Put(index, Names.Missed, frame.Bytes);

    public void Dispose() => stream.Dispose();

    void Put(long index, string verdict, ReadOnlySpan<byte> bytes)
    {
        while (index - _next >= _waiting.Length) Grow();
        _waiting[index % _waiting.Length] = new(verdict, bytes.Length, Crc32.HashToUInt32(bytes));
        for (; _waiting[_next % _waiting.Length] is { Verdict: not null } line; _next++)
        {
            Write(_next, line);
            _waiting[_next % _waiting.Length] = default;
        }
    }

    void Grow()
    {
        var larger = new Line[2 * _waiting.Length];
        for (long index = _next; index < _next + _waiting.Length; index++) larger[index % larger.Length] = _waiting[index % _waiting.Length];
        _waiting = larger;
    }

    void Write(long index, in Line line)
    {
        Utf8Formatter.TryFormat(index, _text, out int used);
        _text[used++] = (byte)'\t';
        used += Encoding.ASCII.GetBytes(line.Verdict!, _text.AsSpan(used));
        _text[used++] = (byte)'\t';
        Utf8Formatter.TryFormat(line.Length, _text.AsSpan(used), out int digits);
        used += digits;
        _text[used++] = (byte)'\t';
        Utf8Formatter.TryFormat(line.Crc, _text.AsSpan(used), out digits, new StandardFormat('x', 8));
        used += digits;
        _text[used++] = (byte)'\n';
        stream.Write(_text, 0, used);
    }
}

/// <summary>How <see cref="VerdictCaptures"/> are written.</summary>
/// <param name="Nanoseconds">The resolution of classic captures.</param>
/// <param name="Pcapng">As pcapng, which always has nanoseconds, with each frame's queue and verdict.</param>
/// <param name="Comments">With pcapng, a comment for each frame too; it names the programs that ran if the card notes them.</param>
public readonly record struct CaptureFormat(bool Nanoseconds, bool Pcapng = false, bool Comments = false);

/// <summary>
/// Captures by what became of the frames: <c>pass.pcap</c>, <c>tx.pcap</c>, for each target <c>redirect-IFINDEX.pcap</c>,
/// <c>redirect-cpuN.pcap</c> or <c>redirect-xskN.pcap</c>, and on request <c>drop.pcap</c> and <c>aborted.pcap</c>, or the same ending in
/// <c>.pcapng</c>; original timestamps. A broadcast frame is in the file of each interface that is in the map when its batch is finished.
/// </summary>
public sealed class VerdictCaptures : IFrameSink, IDisposable
{
    readonly MapTable _maps;
    readonly Func<string, Stream> _create;
    readonly CaptureFormat _format;
    readonly FrameComment _comment;
    readonly CaptureWriter?[] _byAction = new CaptureWriter?[Enum.GetValues<XdpAction>().Length];
    readonly Dictionary<(RedirectKind, uint), CaptureWriter> _redirects = [];

    /// <param name="maps">Those of the card, among them the devmaps of broadcasts.</param>
    /// <param name="programs">What comments call programs.</param>
    /// <param name="create">Opens the file of that name for writing.</param>
    public VerdictCaptures(MapTable maps, ProgramNames programs, Func<string, Stream> create, CaptureFormat format, bool dropped)
    {
        (_maps, _create, _format, _comment) = (maps, create, format, new(programs));
        foreach (var action in dropped ? new[] { XdpAction.Pass, XdpAction.Tx, XdpAction.Drop, XdpAction.Aborted } : [XdpAction.Pass, XdpAction.Tx])
            _byAction[(int)action] = Open(Names.Of(action));
    }

    public void Finished(PacketBatch batch)
    {
        for (int n = 0; n < batch.Count; n++)
        {
            var verdict = batch.Verdicts[n];
            if (verdict.Action == XdpAction.Redirect) Redirect(batch, n, verdict);
            else Write(_byAction[(int)verdict.Action], batch, n, verdict);
        }
    }

    public void Missed(in WireFrame frame, long index, MissReason reason)
    {
    }

    public void Dispose()
    {
        foreach (var writer in _byAction.Concat(_redirects.Values)) writer?.Dispose();
    }

    void Redirect(PacketBatch batch, int n, Verdict verdict)
    {
        ref readonly var frame = ref batch.Frame(n);
        var target = frame.Redirect;
        if (target.Kind == RedirectKind.None) return;
        if (target.Kind != RedirectKind.Broadcast)
        {
            Write(FileOf(target), batch, n, verdict, target);
            return;
        }
        if (_maps.Find(target.Number) is not IDevMap devices) return;
        uint excluded = target.ExcludesIngress ? frame.IngressIfindex : 0;
        for (int slot = 0; slot < devices.Slots; slot++)
        {
            uint ifindex = devices.InterfaceAt(slot);
            if (ifindex == 0 || ifindex == excluded) continue;
            var copy = RedirectTarget.Interface(ifindex);
            Write(FileOf(copy), batch, n, verdict, copy);
        }
    }

    CaptureWriter FileOf(RedirectTarget target)
    {
        var key = (target.Kind, target.Number);
        if (!_redirects.TryGetValue(key, out var writer)) _redirects.Add(key, writer = Open($"redirect-{PrefixOf(target.Kind)}{target.Number}"));
        return writer;
    }

    static string PrefixOf(RedirectKind kind) => kind switch
    {
        RedirectKind.Interface => "",
        RedirectKind.Cpu => "cpu",
        RedirectKind.Socket => "xsk",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    void Write(CaptureWriter? writer, PacketBatch batch, int n, Verdict verdict, RedirectTarget target = default)
    {
        if (writer is null) return;
        ref readonly var frame = ref batch.Frame(n);
        var notes = new FrameNotes
        {
            Queue = (uint)batch.Queue,
            Verdict = verdict.Action,
            Comment = _format.Comments ? _comment.Of(verdict, target, batch.Paths is { } paths ? paths.Of(n) : []) : default,
        };
        writer.Write(frame.TimestampNs, batch.Bytes(n), (uint)frame.Length + frame.CutBytes, notes);
    }

    CaptureWriter Open(string name)
    {
        string file = name + (_format.Pcapng ? CaptureWriter.PcapngEnding : ".pcap");
        return CaptureWriter.Create(_create(file), file, CaptureRun.PortName, _format.Nanoseconds);
    }
}
