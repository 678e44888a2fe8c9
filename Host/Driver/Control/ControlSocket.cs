using System.Net.Sockets;
using System.Runtime.Versioning;
using Chainring.Offload;
using Microsoft.Win32.SafeHandles;

namespace Chainring.Host.Driver.Control;

/// <summary>
/// The Unix socket that a running card listens at: its owner's and root's alone, from the moment that it is there. Several may speak at once; what they say is carried
/// out one after the other. Gone when disposed; one that a killed process has left is replaced.
/// </summary>
/// <remarks>
/// Who has the lock file beside the socket may listen: the system gives it back however a process ends. It stays, empty, since whoever removed it could take it from the next one.
/// </remarks>
public sealed class ControlSocket : IDisposable
{
    const int MostConnections = 16, FirstRoom = 4096, LastWordsMs = 5_000;

    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    readonly FileStream _lock;
    readonly Socket _socket;
    readonly CancellationTokenSource _stop = new();
    readonly SemaphoreSlim _places = new(MostConnections);
    readonly List<Task> _tasks = [];

    ControlSocket(FileStream held, Socket socket) => (_lock, _socket) = (held, socket);

    /// <summary>Takes the place. Who connects waits until somebody serves.</summary>
    /// <param name="path">Absolute.</param>
    [SupportedOSPlatform("linux")]
    public static Result<ControlSocket> Listen(string path)
    {
        const int wouldBlock = 11;
        FileStream? held = null;
        Socket? socket = null;
        try
        {
            if (SocketPlace.Prepare(path) is { } wrong) return wrong;
            held = new FileStream(path + ".lock", new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = OwnerOnly });
            if (SocketPlace.IsOther(path)) return ControlError.NoSocket(path, "there is something that is no socket");
            File.Delete(path);
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            // Linux gives the file the mode of the socket (net/unix/af_unix.c, unix_bind_bsd).
            using (var handle = new SafeFileHandle(socket.Handle, ownsHandle: false)) File.SetUnixFileMode(handle, OwnerOnly);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen();
            var listening = new ControlSocket(held, socket);
            (held, socket) = (null, null);
            return listening;
        }
        catch (IOException e) when (e.HResult == wouldBlock)
        {
            return ControlError.SocketTaken(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ControlError.NoSocket(path, FileErrors.Reason(e, path + ".lock"));
        }
        catch (SocketException e)
        {
            return ControlError.NoSocket(path, e.Message);
        }
        finally
        {
            socket?.Dispose();
            held?.Dispose();
        }
    }

    /// <summary>Answers, from now on.</summary>
    public void Serve(ControlCommands commands) => Add(Task.Run(() => Accept(commands)));

    /// <summary>Throws what an answer has thrown: a bug of ours.</summary>
    public void ThrowBug()
    {
        lock (_tasks)
        {
            _tasks.Find(t => t.IsFaulted)?.GetAwaiter().GetResult();
            _tasks.RemoveAll(t => t.IsCompleted);
        }
    }

    /// <summary>Lets commands end that are being carried out, and takes no more.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _socket.Dispose();
        Task[] tasks;
        lock (_tasks) tasks = [.. _tasks];
        // One may wait for a file that is a pipe nobody writes to.
        Task.WaitAny(Task.WhenAll(tasks), Task.Delay(LastWordsMs));
        _lock.Dispose();
    }

    void Add(Task task)
    {
        lock (_tasks) _tasks.Add(task);
    }

    async Task Accept(ControlCommands commands)
    {
        try
        {
            while (true)
            {
                await _places.WaitAsync(_stop.Token);
                var client = await _socket.AcceptAsync(_stop.Token);
                Add(Task.Run(() => Converse(client, commands)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    async Task Converse(Socket client, ControlCommands commands)
    {
        using var _ = client;
        try
        {
            if (SocketPlace.PeerOf(client) is var peer && peer != 0 && peer != SocketPlace.Me) return;
            var line = new byte[FirstRoom];
            int length = 0;
            while (true)
            {
                int end = line.AsSpan(0, length).IndexOf((byte)'\n');
                if (end >= 0)
                {
                    byte[] answer = commands.Answer(line.AsSpan(0, end), out bool isRequest);
                    await Send(client, answer);
                    if (!isRequest) return;
                    line.AsSpan(end + 1, length - end - 1).CopyTo(line);
                    length -= end + 1;
                    continue;
                }
                if (length == ControlProtocol.MaxLineBytes)
                {
                    await Send(client, ControlProtocol.Write(ControlReply.Of(ControlError.BadRequest($"it is longer than {ControlProtocol.MaxLineBytes:N0} bytes"))));
                    return;
                }
                if (length == line.Length) Array.Resize(ref line, Math.Min(2 * length, ControlProtocol.MaxLineBytes));
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                patience.CancelAfter(ControlProtocol.IdleMs);
                int read = await client.ReceiveAsync(line.AsMemory(length), patience.Token);
                if (read == 0) return;
                length += read;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Nobody is there any more.
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>What has been carried out is said, also when the card is being stopped.</summary>
    static async Task Send(Socket client, byte[] answer)
    {
        using var patience = new CancellationTokenSource(ControlProtocol.IdleMs);
        byte[] line = [.. answer, (byte)'\n'];
        for (int sent = 0; sent < line.Length;) sent += await client.SendAsync(line.AsMemory(sent), patience.Token);
    }
}
