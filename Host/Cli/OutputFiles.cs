using System.Runtime.InteropServices;

namespace Chainring.Host.Cli;

/// <summary>
/// Files that appear all together when the work is done, or not at all, also when the process is interrupted: each is written beside
/// its place under another name and moved there by <see cref="Commit"/>. A pipe or device is written to directly.
/// </summary>
sealed class OutputFiles : IDisposable
{
    const int BufferBytes = 1 << 16;

    sealed record Output(Stream Stream, string Final, string? Partial);

    readonly List<Output> _files = [];
    readonly List<string> _folders = [];
    readonly Lock _lock = new();
    readonly PosixSignalRegistration[] _signals;

    /// <param name="endBySignals">A signal ends the process; otherwise the owner ends its work and commits.</param>
    public OutputFiles(bool endBySignals = true)
    {
        PosixSignal[] signals = endBySignals ? [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP] : [];
        _signals = [.. signals.Select(s => PosixSignalRegistration.Create(s, _ => Interrupted()))];
    }

    /// <summary>Opens a file for writing, creating its folder; an <see cref="IOException"/> or the like says why it cannot. Null if it is open already.</summary>
    public Stream? Create(string path)
    {
        lock (_lock)
        {
            string final = PlaceOf(path);
            if (_files.Any(f => f.Final == final)) return null;
            CreateFolder(Path.GetDirectoryName(final));

            var (partial, stream) = Path.Exists(final) ? OpenExisting(final) : OpenPartial(final);
            _files.Add(new(stream, final, partial));
            return stream;
        }
    }

    /// <summary>The file is open.</summary>
    public bool Has(string path)
    {
        lock (_lock) return _files.Any(f => f.Final == PlaceOf(path));
    }

    /// <summary>Closes every file and moves it to its place.</summary>
    public void Commit()
    {
        lock (_lock)
        {
            foreach (var file in _files) file.Stream.Dispose();
            foreach (var (_, final, partial) in _files)
            {
                if (partial is not null) File.Move(partial, final, overwrite: true);
            }
            _files.Clear();
            _folders.Clear();
        }
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        lock (_lock)
        {
            foreach (var file in _files) Close(file.Stream);
            Remove();
            _files.Clear();
        }
    }

    /// <summary>Keeps the lock: nothing may be created between this and the end of the process, which the signal brings about by itself.</summary>
    void Interrupted()
    {
        _lock.Enter();
        Remove();
    }

    void Remove()
    {
        foreach (var file in _files)
        {
            if (file.Partial is { } partial) File.Delete(partial);
        }
        foreach (string folder in Enumerable.Reverse(_folders))
        {
            if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        }
        _folders.Clear();
    }

    void CreateFolder(string? folder)
    {
        if (folder is null || Directory.Exists(folder)) return;
        if (File.Exists(folder)) throw new IOException("Not a directory");
        CreateFolder(Path.GetDirectoryName(folder));
        Directory.CreateDirectory(folder);
        _folders.Add(folder);
    }

    /// <summary>What a link leads to, if that is a file; <c>/dev/stdout</c> and the like may lead to nothing that has a name.</summary>
    static string PlaceOf(string path)
    {
        string full = Path.GetFullPath(path);
        bool isLink = new FileInfo(full).LinkTarget is not null;
        return isLink && File.ResolveLinkTarget(full, returnFinalTarget: true) is { Exists: true } target ? target.FullName : full;
    }

    /// <summary>Fails as writing to the file would: replacing it must need no less.</summary>
    static (string? Partial, Stream) OpenExisting(string final)
    {
        var existing = new FileStream(final, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, BufferBytes);
        bool device = final.StartsWith("/dev/", StringComparison.Ordinal) && !final.StartsWith("/dev/shm/", StringComparison.Ordinal);
        if (device || !existing.CanSeek) return (null, existing);

        existing.Dispose();
        var (partial, stream) = OpenPartial(final);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(partial!, File.GetUnixFileMode(final));
        return (partial, stream);
    }

    static (string? Partial, Stream) OpenPartial(string final)
    {
        string partial = $"{final}.partial-{Environment.ProcessId}";
        return (partial, new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.Read, BufferBytes));
    }

    /// <summary>What is thrown away need not reach the disk, which may be full.</summary>
    static void Close(Stream stream)
    {
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
        }
    }
}
