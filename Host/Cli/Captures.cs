using Chainring.Host.Driver;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>Captures named on a command line.</summary>
static class Captures
{
    public const string StandardInput = "-";

    /// <param name="path">A file, or <c>-</c> for standard input.</param>
    public static Result<PcapWire> Open(string path, int times)
    {
        if (path != StandardInput) return PcapWire.Open(() => OpenFile(path, times), times);
        if (times > 1) return UsageError.RepeatPipe("standard input");
        return PcapWire.Open(() => PcapReader.Open(Console.OpenStandardInput(), "standard input"));
    }

    static Result<PcapReader> OpenFile(string path, int times)
    {
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1);
            if (times == 1 || stream.CanSeek) return PcapReader.Open(stream, path);
            stream.Dispose();
            return UsageError.RepeatPipe(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UsageError.CannotRead(path, FileErrors.Reason(e, path));
        }
    }
}
