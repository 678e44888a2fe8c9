using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Nic.Wire;

namespace Chainring.Tests.Support;

/// <summary>Remembers the frames that it was told of, and which of them came together.</summary>
sealed class Heard : IFrameSink
{
    public List<(long Index, uint Queue)> Frames { get; } = [];

    public List<string> Batches { get; } = [];

    public int MissedFrames { get; private set; }

    public void Finished(PacketBatch batch)
    {
        for (int n = 0; n < batch.Count; n++) Frames.Add((batch.Frame(n).Index, batch.Frame(n).RxQueue));
        Batches.Add(string.Join(' ', Enumerable.Range(0, batch.Count).Select(n => batch.Frame(n).Index)));
    }

    public void Missed(in WireFrame frame, long index, MissReason reason) => MissedFrames++;
}
