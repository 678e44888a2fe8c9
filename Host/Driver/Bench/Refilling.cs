using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>Fresh frames for batch after batch, and nothing else.</summary>
sealed class Refilling(FrameFeed feed) : ReadyRun(feed.Batch.Count, leastTimes: 1)
{
    public override void Run(int times)
    {
        for (int n = 0; n < times; n++) feed.Next();
    }

    public override XdpAction Verdict => default;
}
