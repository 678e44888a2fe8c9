using Chainring.Offload;

namespace Chainring.Host.Driver.Bench.Bus;

/// <summary>A bus as YAML: what is not in it is as usual.</summary>
public static class BusFile
{
    static readonly BusSpec Usual = new();

    public static Result<BusSpec> Load(string path) => YamlMapping.Load(path, "a bus file", "a mapping such as latency-ns: 500").Try(out var root, out var problem) ? Read(root) : problem;

    public static Result<BusSpec> Parse(string text, string file) => YamlMapping.Parse(text, file, "a bus file", "a mapping such as latency-ns: 500").Try(out var root, out var problem) ? Read(root) : problem;

    static Result<BusSpec> Read(YamlMapping root)
    {
        var fields = new YamlFields(root);
        fields.Only("name", "latency-ns", "mbps", "payload", "overhead", "read-request", "descriptor-bytes", "descriptor-batch", "completion-batch", "doorbell-batch", "batches-in-flight");
        var bus = new BusSpec
        {
            Name = fields.Name("name") ?? Path.GetFileNameWithoutExtension(root.Where.Split(':')[0]),
            LatencyNs = fields.Number("latency-ns", Usual.LatencyNs, 0, 1_000_000),
            Mbps = fields.Number("mbps", Usual.Mbps, 1, 10_000_000),
            Payload = fields.Number("payload", Usual.Payload, 1, 4096),
            Overhead = fields.Number("overhead", Usual.Overhead, 0, 256),
            ReadRequest = fields.Number("read-request", Usual.ReadRequest, 1, 4096),
            DescriptorBytes = fields.Number("descriptor-bytes", Usual.DescriptorBytes, 1, 256),
            DescriptorBatch = fields.Number("descriptor-batch", Usual.DescriptorBatch, 1, 4096),
            CompletionBatch = fields.Number("completion-batch", Usual.CompletionBatch, 1, 4096),
            DoorbellBatch = fields.Number("doorbell-batch", Usual.DoorbellBatch, 1, 4096),
            BatchesInFlight = fields.Number("batches-in-flight", Usual.BatchesInFlight, 1, 1024),
        };
        return fields.Problem is { } problem ? problem : bus;
    }
}
