using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Host.Cli;

/// <summary>The verdict on an object for people: what is accepted on standard output, a line for each problem on standard error.</summary>
static class VerdictText
{
    /// <summary>The last instructions of a path that are printed.</summary>
    const int PathLines = 40;

    /// <param name="verbose">With the way to each rejection.</param>
    public static void Write(ObjectVerdict verdict, bool verbose)
    {
        foreach (var problem in verdict.MapProblems) ExitCode.Of(problem);
        foreach (var program in verdict.Programs)
        {
            foreach (var problem in program.Problems)
            {
                ExitCode.Of(problem);
                if (verbose && problem is Rejection rejection) Explain(program.Program, rejection);
            }
            if (program.IsAccepted) Write(Console.Out, Terminal.Width, program);
        }
    }

    static void Write(TextWriter output, int width, ProgramVerdict verdict)
    {
        var (program, proof) = (verdict.Program, verdict.Proof!);
        output.WriteLine($"{Terminal.Bold(program.Name)}: accepted, {Summary.Count(program.InstructionCount, "instruction")}");
        Line("processed", $"{proof.Processed:N0} in {Summary.Count(proof.States, "state")}, {proof.PeakStates:N0} at once, {verdict.Time.TotalMilliseconds:F1} ms");
        Line("worst case", proof.WorstCase is { } most ? $"{most:N0} instructions a frame" : "not known: it calls back, or calls global functions");
        Line("stack", Summary.Count(proof.StackBytes, "byte"));
        Line("helpers", string.Join(", ", proof.Helpers.Select(h => h.Name)));
        Line("maps", string.Join(", ", verdict.MapUses.Select(u => $"{u.Map} by {Summary.Count(u.Instructions, "instruction")}")));

        void Line(string what, string text)
        {
            if (text.Length > 0) Wrapping.Write(output, $"  {what,-10}  ", text, width);
        }
    }

    /// <summary>The path as the kernel's log shows it, source lines in between.</summary>
    static void Explain(ProgramSpec program, Rejection rejection)
    {
        var text = new CodeText(program);
        LineSpec? shown = null;
        int left = rejection.Path.Count - PathLines;
        if (left > 0) ExitCode.Say($"... after {left} or more instructions");
        foreach (int slot in rejection.Path.TakeLast(PathLines))
        {
            if (program.LineAt(slot) is { } line && line != shown)
            {
                ExitCode.Say($"; {line.Text.Trim()} @ {Path.GetFileName(line.File)}:{line.Number}");
                shown = line;
            }
            ExitCode.Say(text.Line(slot));
        }
        foreach (string known in rejection.State) ExitCode.Say($"      {known}");
    }
}
