using Chainring.Host.Driver;
using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Chainring.Host.Driver.Auto;
using Chainring.Kernels;
using Chainring.Kernels.OpenCl;

namespace Chainring.Host.Cli;

/// <summary><c>chainring backends</c>: what can execute programs here, and which of it <c>auto</c> takes.</summary>
static class BackendsCommand
{
    static readonly Option<bool> JsonOption = new("--json") { Description = "as JSON" };

    /// <param name="Devices">What the OpenCL loader offers, in its order.</param>
    sealed record View(IReadOnlyList<Backend> Backends, Choice Auto, Machine Machine, IReadOnlyList<DeviceFacts> Devices);

    /// <param name="Missing">What is not there that it needs; null if it can be used.</param>
    sealed record Backend(string Name, string Description, string? Missing);

    /// <param name="Backend">That it takes unless another is found to be faster.</param>
    /// <param name="Among">Those that it measures.</param>
    sealed record Choice(string Backend, string Why, IReadOnlyList<string> Among, long LeastFrames, long MostMapBytes);

    /// <param name="VectorBits">The widest vectors that the runtime computes with in one instruction; 0 for none.</param>
    sealed record Machine(string Architecture, int VectorBits);

    public static Command Create()
    {
        var command = new Command("backends", "List what can execute programs on this machine, and what --backend auto takes") { JsonOption };
        command.SetAction(line =>
        {
            var view = Look();
            if (line.GetValue(JsonOption)) Console.Out.Write(JsonText.Of(view));
            else Write(Console.Out, Terminal.Width, view);
            return ExitCode.Done;
        });
        return command;
    }

    static readonly CalibrationOptions Calibration = new();

    static View Look() => new(
        [.. Targets.ByName.Select(t => new Backend(t.Name, t.Description, t.Missing))],
        new(Targets.Usual.Name, AutoBackend.WhyUsual, [.. Targets.Candidates.Select(t => t.Name)], Calibration.LeastFrames, Calibration.MostMapBytes),
        new(RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(), VectorBits),
        Devices.All);

    static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    static void Write(TextWriter output, int width, View view)
    {
        var table = new TextTable("backend", "what it does");
        foreach (var (name, description, missing) in view.Backends) table.Add(name, missing is null ? description : $"{description}; cannot be used: {missing}");
        table.Write(output, width);
        output.WriteLine();
        Wrapping.Write(output, "", $"auto measures a chain on {string.Join(", ", view.Auto.Among)} before it runs, on cards of their own and over the first frames that it will get "
            + $"(made-up ones if it cannot see them before), and takes the fastest; {view.Auto.Backend}, {view.Auto.Why}, if none is faster by more than the noise. "
            + $"It takes {view.Auto.Backend} without measuring where fewer than {view.Auto.LeastFrames:N0} frames will come, where they come through a pipe, "
            + $"and where maps have more than {view.Auto.MostMapBytes >> 20} MiB. "
            + $"Programs that {view.Auto.Backend} refuses run on {Targets.Reference.Name}. The summary says which it was, and why.", width);
        string vectors = view.Machine.VectorBits == 0 ? "no vectors" : $"vectors of {view.Machine.VectorBits} bits";
        output.WriteLine($"The machine: {view.Machine.Architecture}, {vectors}.");
        for (int n = 0; n < view.Devices.Count; n++) Wrapping.Write(output, "", Text(n, view.Devices[n]), width);
    }

    static string Text(int number, DeviceFacts device) => string.Create(CultureInfo.InvariantCulture,
        $"OpenCL device {number}{(ReferenceEquals(device, Devices.Used) ? $", which opencl takes ({Devices.Variable} names another)" : "")}: {device.Name} of {device.Platform} ({device.Version}, driver {device.Driver}): {device.Units} units, {Mebibytes(device.MemoryBytes)} of memory, {Mebibytes(device.LargestBuffer)} in one buffer, {device.LocalBytes / 1024} KiB of a group's own, groups of {device.LargestGroup}, arguments of {device.LargestArguments} bytes, {(device.HasLongAtomics ? "" : "no ")}64-bit atomics.");

    static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20:N0} MiB");
}
