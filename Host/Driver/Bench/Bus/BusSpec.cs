namespace Chainring.Host.Driver.Bench.Bus;

/// <summary>A bus between a card and the memory in which programs find frames, as PCI Express is one. Pure data.</summary>
public sealed record BusSpec
{
    public string Name { get; init; } = "PCIe 3.0 x16";

    /// <summary>Until what one side sends is there on the other: what SimBricks takes (simbricks/simbricks@788f496).</summary>
    public int LatencyNs { get; init; } = 500;

    /// <summary>Megabits a second, in each direction: 16 lanes of 8 GT/s, 128 of 130 bits for data.</summary>
    public int Mbps { get; init; } = 126_030;

    /// <summary>Bytes of data in a bus packet at most.</summary>
    public int Payload { get; init; } = 256;

    /// <summary>What a bus packet has besides, in bytes: header, framing, sequence number and checksum.</summary>
    public int Overhead { get; init; } = 24;

    /// <summary>Bytes that one request may ask for at most.</summary>
    public int ReadRequest { get; init; } = 512;

    /// <summary>Bytes that say where a frame is, and what became of it.</summary>
    public int DescriptorBytes { get; init; } = 16;

    /// <summary>Descriptors that the card fetches at once: a cache line of them.</summary>
    public int DescriptorBatch { get; init; } = 4;

    /// <summary>Completions that the card writes at once.</summary>
    public int CompletionBatch { get; init; } = 4;

    /// <summary>Frames for which the card is told once that there are more: Linux sends in bulks of so many.</summary>
    public int DoorbellBatch { get; init; } = 16;

    /// <summary>Batches of frames under way at once: fewer leave bus or processor idle.</summary>
    public int BatchesInFlight { get; init; } = 3;
}
