using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

/// <summary>
/// Proves that a program is safe on every path, by the rules that Linux applies to root; or says which instruction is not, what it needs, and
/// what is known instead.
/// </summary>
public static class Verifier
{
    /// <param name="map">What is known of a map that the program names.</param>
    public static Result<VerifiedProgram> Verify(ProgramSpec program, Func<string, MapFacts> map, VerifierOptions? options = null)
    {
        if (FlowGraph.Build(program, out var rejection) is not { } graph) return Located(program, rejection!);
        var walk = new Walk(program, graph, map, options ?? VerifierOptions.Default);
        rejection = walk.Run();
        if (rejection is not null) return Located(program, rejection);
        rejection = graph.CheckStacks(walk.StackDepths, out var deepest);
        if (rejection is not null) return Located(program, rejection);
        return walk.Verified(deepest);
    }

    /// <summary>The sentence with where it is: program, instruction and, when the object tells, the source line.</summary>
    static Rejection Located(ProgramSpec program, Rejection rejection)
    {
        string where = rejection.Slot < 0 ? program.Name : $"{program.Name}: instruction {rejection.Slot}";
        if (rejection.Slot >= 0 && program.LineAt(rejection.Slot) is { } line) where += $" ({Path.GetFileName(line.File)}:{line.Number}: {line.Text.Trim()})";
        return rejection with { Sentence = $"{where}: {rejection.Sentence}" };
    }
}
