using Chainring.Host.Driver;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>Captures named on a command line.</summary>
static class Captures
{
    public const string StandardInput = "-";

    /// <summary>How the names of captures in a folder end.</summary>
    static readonly string[] Endings = [".pcap", ".pcapng", ".pcap.gz", ".pcapng.gz"];

    /// <param name="path">A file, a folder of captures, or <c>-</c> for standard input.</param>
    public static Result<PcapWire> Open(string path, int times)
    {
        if (path == StandardInput)
        {
            if (times > 1) return UsageError.RepeatPipe("standard input");
            return PcapWire.Open(() => CaptureReader.Open(Console.OpenStandardInput(), "standard input"));
        }
        if (!Directory.Exists(path)) return PcapWire.Open(() => OpenFile(path, times), times);
        if (!FilesOf(path).Try(out var files, out var problem)) return problem;
        return PcapWire.Open([.. files.Select(file => (Func<Result<CaptureReader>>)(() => OpenFile(file, times)))], times);
    }

    /// <summary>What a capture has in bytes, compressed or not, a folder's all together; null for what can be read only once.</summary>
    public static long? BytesOf(string path)
    {
        if (path == StandardInput) return null;
        try
        {
            if (Directory.Exists(path)) return FilesOf(path).Try(out var files, out _) ? files.Sum(file => new FileInfo(file).Length) : null;
            // Not opened: a pipe's writer would find its reader gone. Pipes and devices have no length.
            var file = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
            return file is { Exists: true, Length: > 0 } ? file.Length : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The captures of a folder, at least one, in the order of their names.</summary>
    static Result<string[]> FilesOf(string folder)
    {
        try
        {
            string[] files =
            [
                .. Directory.EnumerateFiles(folder)
                    .Where(file => Endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)))
                    .Order(StringComparer.Ordinal),
            ];
            return files.Length > 0 ? files : UsageError.NoCaptures(folder, Endings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UsageError.CannotRead(folder, FileErrors.Reason(e, folder));
        }
    }

    static Result<CaptureReader> OpenFile(string path, int times)
    {
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1);
            if (times == 1 || stream.CanSeek) return CaptureReader.Open(stream, path);
            stream.Dispose();
            return UsageError.RepeatPipe(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UsageError.CannotRead(path, FileErrors.Reason(e, path));
        }
    }
}
