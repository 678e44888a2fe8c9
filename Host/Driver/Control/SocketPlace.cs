using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Chainring.Offload;

namespace Chainring.Host.Driver.Control;

/// <summary>Where the socket of a running card is, and whose it is. Linux alone has what this needs.</summary>
public static partial class SocketPlace
{
    /// <summary>Bytes of a socket's path (<c>sockaddr_un</c>).</summary>
    const int MaxPathBytes = 107;

    const int SolSocket = 1, PeerCredentials = 17, CredentialBytes = 12, UidAt = 4;

    /// <summary>The user that the process runs as.</summary>
    public static uint Me => geteuid();

    /// <summary>
    /// Of this user, where nobody else can make it: <c>$XDG_RUNTIME_DIR/chainring.sock</c>, else <c>/run/user/UID/chainring.sock</c>, else root's
    /// <c>/run/chainring.sock</c>, else <c>/tmp/chainring-UID/control.sock</c> in a folder that is the user's alone.
    /// </summary>
    public static string Usual
    {
        get
        {
            const string name = "chainring.sock";
            if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { } runtime && Path.IsPathRooted(runtime) && Directory.Exists(runtime)) return Path.Combine(runtime, name);
            string user = $"/run/user/{Me}";
            return Directory.Exists(user) ? Path.Combine(user, name) : Me == 0 ? Path.Combine("/run", name) : Path.Combine(OwnFolder, "control.sock");
        }
    }

    static string OwnFolder => $"/tmp/chainring-{Me}";

    /// <summary>What a path cannot be listened at for; makes the folder of the usual one, if that is the user's own.</summary>
    [SupportedOSPlatform("linux")]
    internal static InputError? Prepare(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > MaxPathBytes) return ControlError.NoSocket(path, $"a socket's path has at most {MaxPathBytes} bytes");
        if (Path.GetDirectoryName(path) != OwnFolder) return null;
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(OwnFolder, ownerOnly);
        return Stat(OwnFolder) is { } folder && folder.Uid == Me && File.GetUnixFileMode(OwnFolder) == ownerOnly ? null : ControlError.NoSocket(path, "its folder is not this user's alone");
    }

    /// <summary>Whether something is there that is no socket.</summary>
    internal static bool IsOther(string path)
    {
        const int typeMask = 0xf000, socket = 0xc000;
        return Stat(path) is { } there && (there.Mode & typeMask) != socket;
    }

    /// <summary>The user at the other end.</summary>
    internal static uint PeerOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[CredentialBytes];
        socket.GetRawSocketOption(SolSocket, PeerCredentials, credentials);
        return BitConverter.ToUInt32(credentials[UidAt..]);
    }

    /// <summary>Of a path itself, links not followed; null if nothing is there.</summary>
    static (uint Uid, int Mode)? Stat(string path)
    {
        const int currentFolder = -100, noFollow = 0x100, basic = 0x7ff, bytes = 256, uidAt = 20, modeAt = 28;
        var stat = new byte[bytes];
        return statx(currentFolder, path, noFollow, basic, stat) == 0 ? (BitConverter.ToUInt32(stat, uidAt), BitConverter.ToUInt16(stat, modeAt)) : null;
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte[] stat);
}
