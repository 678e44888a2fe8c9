using System.Globalization;
using Chainring.Host.Driver.Bench.Sweep;

namespace Chainring.Host.Report;

/// <summary>What grows with queues, frames and maps.</summary>
static class ScaleText
{
    public static IEnumerable<Block> Of(IReadOnlyList<SweepFigure> figures, MemoryFacts? memory) =>
        [.. Queues([.. figures.Where(f => f.Of.Section == "queues")]), .. Memory(memory), .. Lengths([.. figures.Where(f => f.Of.Section == "length")]), .. MapSizes([.. figures.Where(f => f.Of.Section == "map")])];

    static IEnumerable<Block> Queues(IReadOnlyList<SweepFigure> figures)
    {
        if (figures.Count == 0) return [];
        int[] queues = [.. figures.Select(f => f.Of.Queues).Distinct().Order()];
        var table = new Table(["by", .. queues.Select(q => $">{q} {(q == 1 ? "queue" : "queues")}, Mpps"), ">times as many"]);
        foreach (var backend in figures.Where(f => f.Ns is not null).GroupBy(f => f.Of.Backend))
        {
            var (one, most) = (backend.FirstOrDefault(f => f.Of.Queues == 1), backend.MaxBy(f => f.Of.Queues)!);
            string times = one?.Mpps is null || most.Mpps is null || one == most ? "-" : (one.Ns!.Value.Value / most.Ns!.Value.Value).ToString("F2", CultureInfo.InvariantCulture);
            table.Add([backend.Key, .. queues.Select(q => FigureText.Of(backend.FirstOrDefault(f => f.Of.Queues == q)?.Mpps)), times]);
        }
        return
        [
            new Heading("Queues", 3),
            new Paragraph($"{figures[0].Of.Chain} on one queue after the other, a thread each on a CPU of its own; throughput of all together, over the wall's time, less what putting frames into buffers takes as many threads."),
            table,
            .. Absent(figures),
        ];
    }

    static IEnumerable<Block> Memory(MemoryFacts? memory)
    {
        if (memory is null) return [];
        var table = new Table("map", ">key, bytes", ">value, bytes", ">entries", ">bytes an entry");
        foreach (var map in memory.Entries) table.Add(map.MapType, $"{map.KeyBytes}", $"{map.ValueBytes}", $"{map.Entries:N0}", $"{(double)map.Bytes / map.Entries:F1}");
        return
        [
            new Heading("Memory", 3),
            new Paragraph($"A further queue with a ring of {memory.Ring} frames and batches of {memory.Batch} takes {memory.BytesPerQueue:N0} bytes, nearly all of it buffers of 4 KiB. What an entry of a map takes, with its index; one for each CPU has its values once more for each further CPU:"),
            table,
        ];
    }

    static IEnumerable<Block> Lengths(IReadOnlyList<SweepFigure> figures) => figures.Count == 0 ? [] :
    [
        new Heading("Length of frames", 3),
        new Paragraph($"{figures[0].Of.Chain}, nanoseconds a packet by bytes of a frame: programs look at headers, so that what grows is what the caches have to hold."),
        ByColumn(figures, f => int.Parse(f.Of.Traffic, CultureInfo.InvariantCulture)),
    ];

    static IEnumerable<Block> MapSizes(IReadOnlyList<SweepFigure> figures)
    {
        if (figures.Count == 0) return [];
        double[] entries = [.. figures.Select(f => (double)f.Of.Entries!.Value).Distinct().Order()];
        return
        [
            new Heading("Size of maps", 3),
            new Paragraph($"{figures[0].Of.Chain}, which looks each TCP or UDP packet over IPv4 up in a hash by addresses, ports and protocol: nanoseconds a packet by entries of the map; half of these packets are found."),
            new Plot("map-size", "A hash lookup by the size of the map: nanoseconds a packet", "entries", "nanoseconds a packet")
            {
                LogX = true,
                XTicks = entries,
                Lines = [.. figures.Where(f => f.Ns is not null && f.Of.Backend != Kernels.Targets.Reference.Name).GroupBy(f => f.Of.Backend).Select(g => new PlotLine(g.Key, [.. g.OrderBy(f => f.Of.Entries).Select(f => new PlotPoint(f.Of.Entries!.Value, f.Ns!.Value.Value, f.Ns.Value.Low, f.Ns.Value.High))]))],
            },
            ByColumn(figures, f => f.Of.Entries!.Value),
        ];
    }

    static Table ByColumn(IReadOnlyList<SweepFigure> figures, Func<SweepFigure, int> column)
    {
        int[] columns = [.. figures.Select(column).Distinct().Order()];
        var table = new Table(["by", .. columns.Select(c => $">{c:N0}")]);
        foreach (var backend in figures.Where(f => f.Ns is not null).GroupBy(f => f.Of.Backend)) table.Add([backend.Key, .. columns.Select(c => FigureText.Of(backend.FirstOrDefault(f => column(f) == c)?.Ns))]);
        return table;
    }

    static IEnumerable<Block> Absent(IEnumerable<SweepFigure> figures) => figures.Where(f => f.Absent is not null).Select(f => $"{f.Of.Backend}: {f.Absent}").Distinct().Select(absence => new Note("absent: ", absence));
}
