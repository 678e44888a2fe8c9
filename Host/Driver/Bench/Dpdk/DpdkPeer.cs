using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Chainring.Host.Driver.Auto;
using Chainring.Offload;

namespace Chainring.Host.Driver.Bench.Dpdk;

/// <summary>DPDK's BPF JIT: a small C program (bench/peers/dpdk.c) that is compiled here, where DPDK's development files are, and runs as processes of its own.</summary>
public sealed class DpdkPeer : IDisposable
{
    /// <summary>As reports call it.</summary>
    public const string Name = "DPDK";

    const string PkgConfig = "pkg-config", Compiler = "cc", Library = "libdpdk", Source = "peers/dpdk.c";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chainring-dpdk-");

    DpdkPeer()
    {
    }

    string Path => System.IO.Path.Combine(_folder.FullName, "dpdk");

    /// <summary>What it takes that is not there, half a sentence; null if all is there to try.</summary>
    public static string? Missing()
    {
        if (!OperatingSystem.IsLinux()) return BenchError.NotLinux();
        if (Call(PkgConfig, "--exists", Library) is not { } found) return BenchError.NoDpdk(PkgConfig);
        if (found.Code != 0) return BenchError.NoDpdk(null);
        return Call(Compiler, "--version") is null ? BenchError.NoDpdk(Compiler) : null;
    }

    internal static Result<DpdkPeer> Compile()
    {
        var peer = new DpdkPeer();
        string source = peer.Path + ".c";
        File.WriteAllBytes(source, BenchPrograms.Read(Source));
        // All of DPDK's libraries are more than these two need.
        var made = Call(Compiler, ["-O2", .. Flags("--cflags"), source, "-o", peer.Path, .. Flags("--libs-only-L"), "-lrte_bpf", "-lrte_eal"]);
        if (made is { Code: 0 }) return peer;
        peer.Dispose();
        return BenchError.DpdkRefuses($"{Compiler} cannot compile {Source}: {Error(made?.Error ?? "")}");
    }

    /// <summary>A process with a chain and its frames, ready to run, on the CPU that the caller is on.</summary>
    internal Result<DpdkProcess> Start(DpdkChain chain, IReadOnlyList<SampleFrame> frames)
    {
        string cpu = Thread.GetCurrentProcessorId().ToString(CultureInfo.InvariantCulture);
        // Without huge pages memory is "legacy" to DPDK, which --in-memory is not compatible with; nothing is shared all the same.
        var process = new DpdkProcess(Process.Start(Begin(Path, "-l", cpu, "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf"))!);
        if (process.Give(stream => chain.Write(stream, frames)) is not { } why) return process;
        process.Dispose();
        return BenchError.DpdkRefuses(why);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    static string[] Flags(string which) => Call(PkgConfig, which, Library)?.Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>What a compiler, or linker, means by all that it says.</summary>
    static string Error(string text)
    {
        string[] lines = text.Split('\n');
        return lines.FirstOrDefault(l => l.Contains("error", StringComparison.Ordinal)) ?? lines[0];
    }

    /// <summary>Null if there is no such program.</summary>
    static (int Code, string Output, string Error)? Call(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(Begin(program, arguments))!;
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    static ProcessStartInfo Begin(string program, params string[] arguments) =>
        new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
}
