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
            int fd = Load(&attr, out _);
            if (fd < 0) return null;
            new BpfFd(fd).Dispose();
            return Encoding.UTF8.GetString(log, 0, Array.IndexOf(log, (byte)0));
        }
    }
}
