using System.Diagnostics;
using System.Text.Json.Nodes;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Host.Cli;

/// <summary>What a command said and exited with.</summary>
public sealed record Outcome(int Code, string Out, string Error);

/// <summary>A folder of its own to run the command in, as a child process; gone when disposed.</summary>
public sealed class Workspace : IDisposable
{
    public const string FirewallChain = "firewall-then-count.yaml";

    readonly string _runtime = Directory.CreateTempSubdirectory("chainring-run-").FullName;

    public Workspace() => Folder = Directory.CreateTempSubdirectory("chainring-test-").FullName;

    public string Folder { get; }

    public static string Capture(string name) => TestData.FromRoot("pcaps", $"{name}.pcap");

    public static string Example(string name) => TestData.FromRoot("examples", name);

    public static string Object(string name) => TestData.Path("objects", $"{name}.o");

    public static string Draw => TestData.Path("cli", "draw.o");

    public string PathOf(string name) => Path.Combine(Folder, name);

    public string Text(string name) => File.ReadAllText(PathOf(name));

    public string[] Lines(string name) => File.ReadAllLines(PathOf(name));

    public JsonNode Json(string name) => JsonNode.Parse(Text(name))!;

    public IEnumerable<string> Files =>
        Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f)).Order(StringComparer.Ordinal);

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
    }

    /// <summary>Variables that processes have besides.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Where a card that is up listens.</summary>
    public string Socket => Path.Combine(_runtime, "chainring.sock");

    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Dotnet)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "chainring.dll"));
        // Each card that is up listens at a place of its own.
        start.Environment["XDG_RUNTIME_DIR"] = _runtime;
        // What the runtime learns from a first run is not used in one of half a second, and costs a tenth of it.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in Variables) start.Environment[name] = value;
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <param name="input">Bytes for standard input, which is empty without.</param>
    public Outcome Run(string[] arguments, byte[]? input = null)
    {
        using var process = Start(arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.StandardInput.BaseStream.Write(input ?? []);
        process.StandardInput.Close();
        process.WaitForExit();
        return new(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Runs a command that must succeed; what it printed.</summary>
    public string Done(params string[] arguments)
    {
        var outcome = Run(arguments);
        Assert.That((outcome.Code, outcome.Error), Is.EqualTo((0, "")), string.Join(' ', arguments));
        return outcome.Out;
    }

    /// <summary><c>run</c> with a program and a capture of the tree, and whatever else.</summary>
    public string RunProgram(string program, string capture, params string[] more) =>
        Done(["run", "--prog", program, "--in", Capture(capture), .. more]);

    public string RunFirewall(string capture, params string[] more) =>
        Done(["run", "--chain", Example(FirewallChain), "--in", Capture(capture), .. more]);

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        Directory.Delete(_runtime, recursive: true);
    }

    /// <summary>The runtime that runs the tests, else the one on PATH.</summary>
    static string Dotnet => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
}
