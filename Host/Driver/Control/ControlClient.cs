using System.Net.Sockets;
using System.Text.Json;
using Chainring.Offload;

namespace Chainring.Host.Driver.Control;

/// <summary>Who tells a running card what to do.</summary>
public static class ControlClient
{
    /// <summary>Sends one request and waits for its answer: the result, or what was wrong, here or there.</summary>
    /// <param name="path">Absolute; null for the usual place, where only root and this user may listen.</param>
    public static Result<JsonElement> Ask(string? path, ControlRequest request)
    {
        string place = path ?? SocketPlace.Usual;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(place));
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.ConnectionRefused || e.ErrorCode == Kernels.Errno.NoEntry)
            {
                return ControlError.NoCard(place);
            }
            if (path is null && SocketPlace.PeerOf(socket) is var owner && owner != 0 && owner != SocketPlace.Me) return ControlError.NotYours(place, owner);
            byte[] line = [.. ControlProtocol.Write(request), (byte)'\n'];
            for (int sent = 0; sent < line.Length;) sent += socket.Send(line.AsSpan(sent));
            byte[] said = ReadLine(socket);
            if (said.Length == 0) return ControlError.NoAnswer(place, "it has closed the connection");
            if (!ControlProtocol.ReadReply(said).Try(out var reply, out var problem)) return ControlError.NoAnswer(place, problem.Sentence);
            return reply is { Ok: true, Result: { } result } ? result : reply.Problem?.ToProblem() is { } refused ? refused : ControlProtocol.Element<object?>(null);
        }
        catch (SocketException e)
        {
            return ControlError.NoAnswer(place, e.Message);
        }
        catch (ArgumentException)
        {
            return ControlError.NoCard(place);
        }
    }

    static byte[] ReadLine(Socket socket)
    {
        var line = new MemoryStream();
        var chunk = new byte[64 << 10];
        while (socket.Receive(chunk) is > 0 and var read)
        {
            line.Write(chunk, 0, read);
            if (chunk[read - 1] == '\n') break;
        }
        return line.ToArray();
    }
}
