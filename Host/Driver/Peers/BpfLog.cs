using System.Text;

namespace Chainring.Host.Driver.Peers;

/// <summary>What the verifier says of a program.</summary>
public static unsafe partial class Bpf
{
    /// <summary>
    /// The log of loading an XDP program, with the state after each instruction (level 2); null if it is refused. The program is let go of.
    /// </summary>
    public static string? StateLog(ReadOnlySpan<byte> code)
    {
        const int states = 2;
        var log = new byte[LogBytes];
        fixed (byte* codeAt = code, licenseAt = "GPL\0"u8, logAt = log)
        {
            for (int attempt = 0; attempt < LoadAttempts; attempt++)
            {
                var attr = new ProgramLoadAttr
                {
                    Type = XdpProgram,
                    InstructionCount = (uint)(code.Length / 8),
                    Instructions = (ulong)codeAt,
                    License = (ulong)licenseAt,
                    LogLevel = states,
                    LogSize = LogBytes,
                    LogBuffer = (ulong)logAt,
                };
                int fd = Call(ProgramLoadCommand, &attr, sizeof(ProgramLoadAttr), out var errno);
                if (fd < 0 && errno == Errno.EAGAIN) continue;
                if (fd < 0) return null;
                new BpfFd(fd).Dispose();
                return Encoding.UTF8.GetString(log, 0, Array.IndexOf(log, (byte)0));
            }
        }
        return null;
    }
}
