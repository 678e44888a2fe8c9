namespace Chainring.Host.Driver.Peers;

/// <summary>The kernel refused what a test needs. For a program the message ends with the verifier's log.</summary>
public sealed class BpfException(string what, Errno errno, string log = "")
    : Exception(log.Length == 0 ? $"{what}: {errno}" : $"{what}: {errno}\n{log}")
{
    public Errno Errno { get; } = errno;

    /// <summary>The verifier's log, from its start; empty when there is none.</summary>
    public string Log { get; } = log;
}
