using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>
/// Files that a running card writes while it runs, so that they can be looked at meanwhile. None is written twice, or while it is played. What
/// goes wrong with one is an exception that names it.
/// </summary>
/// <param name="results">Files that are written at the end, which these are not.</param>
sealed class LiveFiles(IEnumerable<string> played, OutputFiles results)
{
    const int BufferBytes = 4096;

    readonly HashSet<string> _played = [.. played.Select(Path.GetFullPath)];
    readonly HashSet<string> _open = [];

    public Stream Create(string path) => Create(path, BufferBytes);

    /// <summary>One whose bytes are there as soon as they are written: they are written in pieces that mean something.</summary>
    public Stream CreateUnbuffered(string path) => Create(path, bufferBytes: 0);

    NamedFile Create(string path, int bufferBytes)
    {
        string full = Path.GetFullPath(path);
        if (_played.Contains(full)) throw new OutputException(path, "it is played at the same time");
        if (results.Has(path) || !_open.Add(full)) throw new OutputException(path, "two outputs cannot go to the same file");
        try
        {
            return new NamedFile(path, bufferBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(path, FileErrors.Reason(e, path));
        }
    }

    /// <summary>A file whose trouble has its name.</summary>
    sealed class NamedFile : FileStream
    {
        readonly string _path;

        public NamedFile(string path, int bufferBytes) : base(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferBytes) => _path = path;

        /// <summary>The one that the others come down to in a class made from FileStream.</summary>
        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                base.Write(buffer, offset, count);
            }
            catch (IOException e)
            {
                throw new OutputException(_path, FileErrors.Reason(e, _path));
            }
        }

        public override void Flush(bool flushToDisk)
        {
            try
            {
                base.Flush(flushToDisk);
            }
            catch (IOException e)
            {
                throw new OutputException(_path, FileErrors.Reason(e, _path));
            }
        }
    }
}

/// <summary>An output that cannot be written.</summary>
sealed class OutputException(string path, string reason) : IOException($"{path}: {reason}")
{
    public InputError Error => UsageError.CannotWrite(path, reason);
}
