using Chainring.Host.Driver.Emulated;
using Chainring.Kernels;

namespace Chainring.Host.Driver.Netlink;

/// <summary>A netlink socket of an emulated process: bytes in, bytes out. What is sent is carried out before <see cref="Send"/> returns.</summary>
public abstract class NetlinkSocket
{
    readonly Queue<byte[]> _datagrams = new();

    private protected NetlinkSocket(EmulatedProcess process, uint portId) => (Process, PortId) = (process, portId);

    private protected EmulatedProcess Process { get; }

    /// <summary>Its address: what answers bear.</summary>
    public uint PortId { get; }

    /// <summary>NETLINK_EXT_ACK: errors come with a sentence.</summary>
    public bool ExtendedAck { get; set; }

    /// <summary>NETLINK_CAP_ACK: errors come without the body of the request.</summary>
    public bool CappedAck { get; set; }

    /// <summary>Datagrams that wait to be received.</summary>
    public int Waiting
    {
        get { lock (Process.Host.Rtnl) return _datagrams.Count; }
    }

    /// <summary>The next datagram; null if none waits.</summary>
    public byte[]? Receive()
    {
        lock (Process.Host.Rtnl) return _datagrams.TryDequeue(out byte[]? next) ? next : null;
    }

    /// <summary>One or several messages; one that is cut short ends what is done.</summary>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        lock (Process.Host.Rtnl)
        {
            while (datagram.Length >= NetlinkHeader.Bytes)
            {
                var header = NetlinkHeader.Read(datagram);
                if (header.Length < NetlinkHeader.Bytes || header.Length > datagram.Length) return;
                Deal(header, datagram[..header.Length]);
                datagram = datagram[Math.Min(NetlinkHeader.Align(header.Length), datagram.Length)..];
            }
        }
    }

    /// <summary>Carries out a request that is not for netlink itself.</summary>
    /// <param name="wantsAck">It is to be acknowledged also when it succeeds; a dump never is.</param>
    private protected abstract Answer Carry(in NetlinkHeader header, ReadOnlySpan<byte> body, ref bool wantsAck);

    private protected void Answer(byte[] datagram) => _datagrams.Enqueue(datagram);

    /// <summary>Ends a dump.</summary>
    private protected void AnswerDone(in NetlinkHeader request)
    {
        var done = NetlinkWriter.Begin(NetlinkHeader.Done, NetlinkHeader.Multi, request.Sequence, PortId);
        done.Put(0);
        Answer(done.Finish());
    }

    void Deal(in NetlinkHeader header, ReadOnlySpan<byte> message)
    {
        if ((header.Flags & NetlinkHeader.Request) == 0) return;
        bool wantsAck = (header.Flags & NetlinkHeader.Acknowledge) != 0;
        var answer = header.Type < NetlinkHeader.FirstOfFamily ? Emulated.Answer.Ok : Carry(header, message[NetlinkHeader.Bytes..], ref wantsAck);
        if (!answer.IsOk || wantsAck) Acknowledge(header, message, answer);
    }

    /// <summary>NLMSG_ERROR: the request is echoed whole with an error, unless the socket wants it capped; a success always is.</summary>
    void Acknowledge(in NetlinkHeader request, ReadOnlySpan<byte> message, Answer answer)
    {
        const ushort text = 1;
        bool isCapped = answer.IsOk || CappedAck, hasText = ExtendedAck && answer is { IsOk: false, Text: not null };
        var ack = NetlinkWriter.Begin(NetlinkHeader.Error, (ushort)((isCapped ? NetlinkHeader.Capped : 0) | (hasText ? NetlinkHeader.AckTlvs : 0)), request.Sequence, PortId);
        ack.Put(-answer.Errno);
        ack.Put(isCapped ? message[..NetlinkHeader.Bytes] : message);
        if (hasText)
        {
            while (ack.Length % NetlinkHeader.Alignment != 0) ack.Put((byte)0);
            ack.Attribute(text, answer.Text!);
        }
        Answer(ack.Finish());
    }
}
