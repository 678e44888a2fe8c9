using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>A kernel of the card, batch by batch.</summary>
/// <param name="refills">Each batch gets fresh frames; otherwise it is the same one, as the batch before left it.</param>
public class CardRun(IKernel kernel, FrameFeed feed, bool refills = false) : ReadyRun(feed.Batch.Count, leastTimes: 1)
{
    public IKernel Kernel => kernel;

    protected FrameFeed Feed => feed;

    public override void Run(int times)
    {
        for (int n = 0; n < times; n++)
        {
            if (refills) feed.Next();
            kernel.Run(feed.Batch);
        }
    }

    public override XdpAction Verdict => feed.Batch.Verdicts[^1].Action;
}
