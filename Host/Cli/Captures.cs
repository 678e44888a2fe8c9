using Chainring.Host.Driver;
using Chainring.Nic.Pcap;
using Chainring.Nic.Wire;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>Captures named on a command line.</summary>
static class Captures
{
    /// <param name="path">A file, or <c>-</c> for standard input.</param>
    public static Result<PcapWire> Open(string path, int times)
    {
        if (path != "-") return PcapWire.Open(() => OpenFile(path), times);
        return times == 1 ? PcapWire.Open(() => PcapReader.Open(Console.OpenStandardInput(), "standard input")) : UsageError.RepeatPipe();
    }

    static Result<PcapReader> OpenFile(string path)
    {
        try
        {
            return PcapReader.Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return UsageError.CannotRead(path, FileErrors.Reason(e));
        }
    }
}
