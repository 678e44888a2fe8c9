using System.Diagnostics;
using System.Text;

namespace Chainring.Host.Driver.Bench.Dpdk;

/// <summary>A process of dpdk.c, which runs programs over frames as often as it is told, and takes the time itself.</summary>
sealed class DpdkProcess : IDisposable
{
    /// <summary>Frames that it puts into buffers, and then runs (<c>BATCH</c> of dpdk.c).</summary>
    public const int Batch = 256;

    readonly Process _process;
    readonly Stream _to;

    public DpdkProcess(Process process)
    {
        (_process, _to) = (process, process.StandardInput.BaseStream);
        // What DPDK says to the terminal is not for it.
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
    }

    /// <summary>A digit for each frame, in their order: what the chain ends it with.</summary>
    public string Verdicts { get; private set; } = "";

    /// <summary>Gives it what it runs; why it refuses that, or null.</summary>
    public string? Give(Action<Stream> write)
    {
        try
        {
            write(_to);
            _to.Flush();
        }
        catch (IOException)
        {
            // It refuses before it has read all.
        }
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            // DPDK's own way to refuse its arguments is a page of help.
            if (!line.StartsWith('{')) continue;
            var answer = Read(line);
            Verdicts = answer.Verdicts ?? "";
            return answer.Refused;
        }
        return "its process has ended";
    }

    /// <summary>Nanoseconds a frame over so many batches, by the clock on the wall and on a CPU.</summary>
    /// <param name="runs">Programs are run; otherwise frames are put into buffers only.</param>
    public (double WallNs, double CpuNs) Run(int batches, bool runs)
    {
        Span<byte> words = stackalloc byte[8];
        BitConverter.TryWriteBytes(words, batches);
        BitConverter.TryWriteBytes(words[4..], runs ? 1 : 0);
        _to.Write(words);
        _to.Flush();
        var answer = Read(_process.StandardOutput.ReadLine() ?? throw new IOException($"{DpdkPeer.Name}'s process has ended"));
        return (answer.WallNs, answer.CpuNs);
    }

    /// <summary>It ends when there is nothing more to read.</summary>
    public void Dispose()
    {
        try
        {
            _to.Dispose();
        }
        catch (IOException)
        {
            // It has ended.
        }
        _process.WaitForExit();
        _process.Dispose();
    }

    static Answer Read(string line)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(line));
        return JsonText.Read<Answer>(stream)!;
    }

    sealed record Answer
    {
        public string? Refused { get; init; }

        public string? Verdicts { get; init; }

        public double WallNs { get; init; }

        public double CpuNs { get; init; }
    }
}
