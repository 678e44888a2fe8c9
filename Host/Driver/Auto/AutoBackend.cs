using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Auto;

/// <summary>
/// Chooses a backend for chains where nobody has named one: the fastest by a short measurement, where that is worth its while. Nothing of it is seen on the
/// card that the chain is for.
/// </summary>
/// <param name="card">The card that chains are for, on whatever backend.</param>
/// <param name="around">Its ports.</param>
/// <param name="sample">What it will receive; asked for once, and only if it matters.</param>
public sealed class AutoBackend(CardOptions card, CardSpec around, Func<SampleFrames> sample, CalibrationOptions? options = null)
{
    readonly CalibrationOptions _options = options ?? new();
    readonly Lazy<SampleFrames> _sample = new(sample);

    /// <summary>Why the usual backend is that.</summary>
    public static string WhyUsual =>
        Targets.All.Last(t => t.MayBeChosen) is { Missing: { } missing } best ? $"{best.Name} cannot be used: {missing}" : "the fastest for most chains";

    /// <summary>The backend for a chain. What is wrong with the chain is not said here, but when it is installed.</summary>
    public BackendChoice Choose(ChainSpec chain)
    {
        var usual = Targets.Usual;
        IKernelTarget[] others = [.. Targets.Candidates.Where(t => t != usual)];
        if (chain.Members.Count == 0) return Unmeasured("nothing is loaded that could be measured");
        if (others.Length == 0) return new(usual, "no other can be used");
        var frames = _sample.Value;
        if (double.IsNaN(frames.Expected)) return Unmeasured("what comes through a pipe cannot be looked at before");
        if (frames.Expected < _options.LeastFrames) return Unmeasured($"fewer than {_options.LeastFrames:N0} frames are not worth measuring it");
        long bytes = chain.Members.SelectMany(m => m.Source.Maps).Distinct().Sum(m => MapKinds.BytesOf(m, card.Capabilities.Queues));
        if (bytes > _options.MostMapBytes) return Unmeasured($"maps of {bytes >> 20:N0} MiB are too large to measure it on copies");

        var candidates = new List<Candidate>();
        try
        {
            if (!Candidate.Open(usual, chain, card, around).Try(out var first, out _)) return Unmeasured("it has not been measured");
            candidates.Add(first);
            foreach (var other in others)
            {
                if (Candidate.Open(other, chain, card, around).Try(out var candidate, out _)) candidates.Add(candidate);
            }
            bool frags = chain.Members.All(m => m.Program.Frags);
            frames = frames.Within(Frame.MinLength, frags ? PortConfig.MaxFrame : Frame.MaxLength, around);
            var port = around.Ports[0].Config;
            return BackendChoice.Of(usual, Calibration.Measure(candidates, new SampleFeed(frames.Frames, Math.Min(port.Batch, port.Ring), card.NotesPaths), _options), frames.What);
        }
        finally
        {
            foreach (var candidate in candidates) candidate.Dispose();
        }

        BackendChoice Unmeasured(string why) => new(usual, $"{WhyUsual}; {why}");
    }

    /// <summary>Chooses, and installs what was chosen; the reference, if only the backend refuses the chain.</summary>
    /// <param name="install">Installs the chain on that backend.</param>
    public Result<T> Install<T>(ChainSpec chain, Func<BackendChoice, Result<T>> install)
    {
        var choice = Choose(chain);
        var installed = install(choice);
        return choice.Target != Targets.Reference && installed.Problem is Refusal { IsOfBackend: true } refusal ? install(new(Targets.Reference, refusal.Sentence)) : installed;
    }
}
