using Chainring.Kernels;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support.Programs;

/// <summary>The chain of a seed: a few programs that the verifier accepts, most of which parse the same headers, with edges anywhere, back as well.</summary>
sealed class GeneratedChain
{
    const int MaxPrograms = 4;

    readonly List<(int Program, int[] Next, uint PassAtEnd)> _stages = [];
    readonly bool _previousVerdict;

    GeneratedChain(ulong seed)
    {
        var random = new SplitMix64(SplitMix64.Mix(seed));
        string section = random.Below(6) == 0 ? "xdp.frags" : "xdp";
        int programs = 1 + random.Below(MaxPrograms), stages = programs + random.Below(2);
        Programs = [.. Enumerable.Range(0, programs).Select(n => (ulong)(MaxPrograms * (long)seed + n)).Select(one =>
            random.Below(5) < 3 ? HeaderProgram.Of(one, section) : GeneratedProgram.Accepted(one, out _, section: section, options: GeneratedProgram.NoPointerShows).Spec)];
        bool passesAtEnd = random.Below(4) == 0;
        _previousVerdict = random.Below(4) == 0;
        for (int n = 0; n < stages; n++)
        {
            var next = new int[ChainStage.Slots];
            for (int slot = 0; slot < next.Length; slot++)
            {
                // Forward, most of the time.
                next[slot] = random.Below(5) switch { < 2 => Chain.End, 2 when random.Below(3) == 0 => random.Below(stages), _ => n + 1 < stages ? n + 1 + random.Below(stages - n - 1) : Chain.End };
            }
            _stages.Add((n % programs, next, passesAtEnd ? (uint)random.Below(32) : 0));
        }
    }

    public IReadOnlyList<ProgramSpec> Programs { get; }

    /// <summary>What chains can be.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["previous verdict", "pass at end", "back", "frags"];

    /// <summary>What this one is.</summary>
    public IEnumerable<string> Are
    {
        get
        {
            if (_previousVerdict) yield return "previous verdict";
            if (_stages.Exists(s => s.PassAtEnd != 0)) yield return "pass at end";
            if (_stages.Exists(s => Array.Exists(s.Next, next => next != Chain.End && next <= _stages.IndexOf(s)))) yield return "back";
            if (Programs.All(p => p.Frags)) yield return "frags";
        }
    }

    public static GeneratedChain Of(ulong seed) => new(seed);

    public Chain Link(IReadOnlyList<LoadedProgram> programs) => new()
    {
        Stages = [.. _stages.Select(s => new ChainStage { Program = programs[s.Program], Next = s.Next, PassAtEnd = s.PassAtEnd })],
        PreviousVerdict = _previousVerdict,
    };

    public string Text => string.Join('\n', [
        .. _stages.Select((s, n) => $"stage {n}: program {s.Program}, next {string.Join(' ', s.Next)}, pass at end {s.PassAtEnd:b}"),
        _previousVerdict ? "previous verdict" : "no previous verdict",
        .. Programs.Select((p, n) => $"program {n}, {p.Section}:\n{GeneratedProgram.Text(p)}")]);
}
