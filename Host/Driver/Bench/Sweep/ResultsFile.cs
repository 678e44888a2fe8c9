using System.Text.Json;
using Chainring.Offload;

namespace Chainring.Host.Driver.Bench.Sweep;

/// <summary><c>results.json</c> on disk.</summary>
public static class ResultsFile
{
    public const string Name = "results.json";

    public static Result<BenchResults> Load(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (JsonText.Read<BenchResults>(file) is not { } results) return BenchError.NotResults(path, "it is empty");
            if (results.Schema != BenchResults.CurrentSchema) return BenchError.OtherSchema(path, results.Schema, BenchResults.CurrentSchema);
            return Wrong(results) is { } wrong ? BenchError.NotResults(path, wrong) : results;
        }
        catch (JsonException e)
        {
            return BenchError.NotResults(path, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return YamlError.Unreadable(path, FileErrors.Reason(e, path));
        }
    }

    /// <summary>What a folder has of this plan: results of a run that was stopped or is complete, or new ones with nothing in them. Those of another run are an error.</summary>
    public static Result<BenchResults> Continue(string folder, SweepPlan plan)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path)) return plan.Begin();
        if (!Load(path).Try(out var there, out var problem)) return problem;
        foreach (var (what, here) in plan.Identity())
        {
            if (there.Identity.GetValueOrDefault(what) is var before && before != here) return BenchError.OtherRun(path, what, before ?? "none", here);
        }
        // What is predicted is made from what is measured, for any bus.
        return there with { Bus = plan.Bus };
    }

    /// <summary>What figures cannot be made of, half a sentence; null if they can.</summary>
    static string? Wrong(BenchResults results)
    {
        if (results.Chains.Count == 0 || results.Traffic.Count == 0) return "it has no chain, or no traffic";
        foreach (var part in results.Parts)
        {
            var measured = part.Series.Where(s => s.SamplesNs is not null).ToList();
            if (measured.Exists(s => s.SamplesNs!.Count == 0 || s.SamplesNs.Count != measured[0].SamplesNs!.Count)) return $"part {part.Name} does not have as many samples of all";
            if (measured.Exists(s => s.Twin && !measured.Exists(o => !o.Twin && SweepFigures.KeyOf(o) == SweepFigures.KeyOf(s)))) return $"part {part.Name} has a second measurement without a first";
            if (part.Series.Any(s => s.Section == "map" && s.Entries is null || s.Section == "length" && !int.TryParse(s.Traffic, out _))) return $"part {part.Name} does not say of what size";
        }
        return null;
    }

    /// <summary>Writes them whole or not at all.</summary>
    public static void Save(string folder, BenchResults results)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, Name), partial = $"{path}.partial";
        using (var file = File.Create(partial)) JsonText.Write(file, results, dense: true);
        File.Move(partial, path, overwrite: true);
    }
}
