using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Host.Cli;

/// <summary>The verdict on an object as JSON.</summary>
/// <param name="Device">Whose rules it was held to; null for Linux' own.</param>
/// <param name="Problems">What is wrong with its maps.</param>
sealed record VerdictView(string Object, string? Device, bool Accepted, IReadOnlyList<VerdictView.ProblemView> Problems, IReadOnlyList<VerdictView.ProgramView> Programs)
{
    /// <param name="WorstCase">Instructions that one frame takes at most; null if nobody knows.</param>
    public sealed record ProgramView(
        string Name, bool Accepted, int Instructions, int? Processed, int? States, int? PeakStates, long? WorstCase, int? StackBytes, IReadOnlyList<string>? Helpers,
        IReadOnlyList<MapUse> Maps, double Milliseconds, IReadOnlyList<ProblemView> Problems);

    public sealed record MapUse(string Map, int Instructions);

    /// <param name="Errno">What the driver answers to a refusal.</param>
    /// <param name="Driver">What the real card's driver says.</param>
    /// <param name="Instruction">Where, by slot, with its source line; then the last of the path to there, and what is known.</param>
    public sealed record ProblemView(
        string Id, string Name, string Sentence, int? Errno, string? Driver, int? Instruction, SourceView? Source, IReadOnlyList<int>? Path, IReadOnlyList<string>? State);

    public sealed record SourceView(string File, int Line, string Text);

    public static VerdictView Of(ObjectVerdict verdict) => new(
        verdict.Source.Name, verdict.Device?.Name, !verdict.Problems.Any(), [.. verdict.MapProblems.Select(p => Of(null, p))], [.. verdict.Programs.Select(Of)]);

    static ProgramView Of(ProgramVerdict verdict)
    {
        var proof = verdict.Proof;
        return new(
            verdict.Program.Name, verdict.IsAccepted, verdict.Program.InstructionCount, proof?.Processed, proof?.States, proof?.PeakStates, proof?.WorstCase, proof?.StackBytes,
            proof is null ? null : [.. proof.Helpers.Select(h => h.Name)], [.. verdict.MapUses.Select(u => new MapUse(u.Map, u.Instructions))],
            Math.Round(verdict.Time.TotalMilliseconds, 3), [.. verdict.Problems.Select(p => Of(verdict.Program, p))]);
    }

    static ProblemView Of(ProgramSpec? program, Problem problem)
    {
        var (refusal, rejection) = (problem as Refusal, problem as Rejection);
        bool isPlaced = rejection is { Slot: >= 0 };
        var line = isPlaced ? program?.LineAt(rejection!.Slot) : null;
        return new(
            problem.Id, problem.Name, problem.Sentence, refusal is null ? null : RefusalErrno.Of(refusal), refusal?.DriverText,
            isPlaced ? rejection!.Slot : null, line is { } l ? new(l.File, l.Number, l.Text.Trim()) : null, rejection?.Path, rejection?.State);
    }
}
