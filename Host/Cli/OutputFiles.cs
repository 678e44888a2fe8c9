namespace Chainring.Host.Cli;

/// <summary>
/// Files that appear all together when the work is done, or not at all: each is written beside its place under another name and moved
/// there by <see cref="Commit"/>.
/// </summary>
sealed class OutputFiles : IDisposable
{
    readonly List<(string Partial, string Final, Stream Stream)> _files = [];

    /// <summary>Opens a file for writing, creating its folder; an <see cref="IOException"/> or the like says why it cannot.</summary>
    public Stream Create(string path)
    {
        string final = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(final)!);
        string partial = $"{final}.partial-{Environment.ProcessId}";
        var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
        _files.Add((partial, final, stream));
        return stream;
    }

    /// <summary>Closes every file and moves it to its place.</summary>
    public void Commit()
    {
        foreach (var file in _files) file.Stream.Dispose();
        foreach (var (partial, final, _) in _files) File.Move(partial, final, overwrite: true);
        _files.Clear();
    }

    public void Dispose()
    {
        foreach (var (partial, _, stream) in _files)
        {
            stream.Dispose();
            File.Delete(partial);
        }
        _files.Clear();
    }
}
