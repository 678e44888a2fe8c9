using System.Buffers.Binary;
using Chainring.Host.Driver.Peers;
using Chainring.Offload.Isa;
using Chainring.Tests.Support;

namespace Chainring.Tests.Oracle;

/// <summary>A case made ready for bpf(2): its maps exist, and their numbers are in its code.</summary>
sealed class KernelCase : IDisposable
{
    readonly string _license;
    readonly uint _flags;
    readonly byte[] _code;
    readonly FunctionInfo[] _functions = [];
    readonly BpfFd? _types;
    readonly Dictionary<string, KernelMap> _maps = [];

    public KernelCase(VerifierCase asked)
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

    /// <summary>Whether the running kernel is one of those that decide as recorded.</summary>
    public static bool IsDecidedAlike(VerifierCase asked) =>
        (asked.Since is not { } since || Environment.OSVersion.Version >= since) && (asked.Before is not { } before || Environment.OSVersion.Version < before);

    /// <summary>Null if the kernel accepts the program, else the end of its log, which says why not.</summary>
    public string? Refusal()
    {
        var log = new VerifierLog();
        try
        {
            Bpf.LoadXdp(_code, "case", _license, _flags, _types, _functions, log: log).Dispose();
            return null;
        }
        catch (BpfException e) when (e.Log.Length > 0)
        {
            return $"{e.Errno}: {log.LastLine}";
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
