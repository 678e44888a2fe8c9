using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using Chainring.Host.Driver.Peers;
using Chainring.Offload.Isa;
using Chainring.Tests.Support;
using NUnit.Framework;
using Encoding = Chainring.Offload.Isa.Encoding;

namespace Chainring.Tests.Oracle;

/// <summary>
/// What <c>tests/data/verifier</c> says of a program is what the kernel's verifier decides. The last line of its log for each case goes to
/// <c>artifacts/verifier-log.txt</c>.
/// </summary>
public sealed partial class VerifierTests
{
    readonly StringBuilder _log = new();

    /// <summary>What every log ends with; what is before it need not end its line.</summary>
    [GeneratedRegex(@"(verification time |stack depth |processed \d).*")]
    private static partial Regex Statistics();

    static IReadOnlyList<VerifierCase> Cases => VerifierCase.All;

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [OneTimeTearDown]
    public void WriteLog() => File.WriteAllText(TestData.FromRoot("artifacts", "verifier-log.txt"), _log.ToString());

    [TestCaseSource(nameof(Cases))]
    public void The_kernel_decides_as_recorded(VerifierCase asked)
    {
        var running = Environment.OSVersion.Version;
        if ((asked.Since is { } since && running < since) || (asked.Before is { } before && running >= before))
            Assert.Ignore($"Linux {running} may decide otherwise: since {asked.Since}, before {asked.Before}");
        using var loading = new Loading(asked);
        string? root = loading.Refusal(), strict = asked.AcceptedStrictly is null ? null : Rights.WithoutPerfmon(loading.Refusal);
        _log.AppendLine($"{asked}\t{root ?? "accepted"}\t{(asked.AcceptedStrictly is null ? "-" : strict ?? "accepted")}");
        Assert.That(root is null, Is.EqualTo(asked.Accepted), $"{asked.Rule}\nthe kernel: {root ?? "accepts"}");
        if (asked.AcceptedStrictly is { } strictly)
            Assert.That(strict is null, Is.EqualTo(strictly), $"{asked.Rule}\nthe kernel without CAP_PERFMON: {strict ?? "accepts"}");
    }

    /// <summary>A case made ready for bpf(2): its maps exist, and their numbers are in its code.</summary>
    sealed class Loading : IDisposable
    {
        readonly string _license;
        readonly uint _flags;
        readonly byte[] _code;
        readonly FunctionInfo[] _functions = [];
        readonly BpfFd? _types;
        readonly Dictionary<string, KernelMap> _maps = [];

        public Loading(VerifierCase asked)
        {
            var program = asked.Assemble();
            var outline = program.Outline;
            (_license, _flags, _code) = (asked.License, outline.Frags ? KernelProgram.HasFrags : 0, program.Code);
            foreach (var reference in outline.MapReferences)
            {
                if (!_maps.TryGetValue(reference.Map, out var map))
                    _maps.Add(reference.Map, map = new(asked.Maps.Single(m => m.Name == reference.Map)));
                SetNumber(reference.Slot, map.Fd.Number);
            }
            if (outline.ExternReferences.Count > 0) Libbpf.Require();
            foreach (var call in outline.ExternReferences) SetNumber(call.Slot, Math.Max(KernelTypes.FunctionId(call.Name), 0));

            if (outline.Functions.Count == 1) return;
            _types = Bpf.LoadBtf(FunctionTypes.Btf(outline.Functions, asked.Globals));
            _functions = FunctionTypes.Info(outline.Functions);
        }

        /// <summary>Null if the kernel accepts the program, else the end of its log, which says why not.</summary>
        public string? Refusal()
        {
            try
            {
                Bpf.LoadXdp(_code, "case", _license, _flags, _types, _functions, log: Bpf.LogOfErrors).Dispose();
                return null;
            }
            catch (BpfException e) when (e.Log.Length > 0)
            {
                string[] lines = Statistics().Replace(e.Log, "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
                return $"{e.Errno}: {lines[^1]}";
            }
        }

        public void Dispose()
        {
            _types?.Dispose();
            foreach (var map in _maps.Values) map.Dispose();
        }

        void SetNumber(int slot, int number) =>
            BinaryPrimitives.WriteInt32LittleEndian(_code.AsSpan((slot * Encoding.SlotBytes) + 4), number);
    }
}
