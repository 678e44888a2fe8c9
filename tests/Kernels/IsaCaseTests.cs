using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels;

/// <summary>Every case of the instruction set's data files on every backend.</summary>
public sealed class IsaCaseTests
{
    static IEnumerable<TestCaseData> Cases =>
        from target in Targets.All
        from file in IsaCase.All.GroupBy(c => c.File)
        select new TestCaseData(target, file.ToArray()).SetArgDisplayNames(target.Name, file.Key);

    [TestCaseSource(nameof(Cases))]
    public void Every_backend_agrees_with_the_data_files(IKernelTarget target, IsaCase[] cases)
    {
        Assert.Multiple(() =>
        {
            foreach (var one in cases)
            {
                using var card = TestCard.Of(ScalarProgram.Wrap(one.Body, one.Memory.Length), [ScalarProgram.Result], target, verifies: false);
                var outcome = card.Run(ScalarProgram.FrameOf(one.Memory));
                ulong result = BitConverter.ToUInt64(card.Map(ScalarProgram.Result.Name).Entries()[0].Values[0]);

                Assert.That(outcome.Verdict, Is.EqualTo(new Verdict(XdpAction.Pass)), one.Name);
                Assert.That(result, Is.EqualTo(one.Result), one.Name);
                Assert.That(Convert.ToHexString(outcome.Bytes.AsSpan(0, one.Memory.Length)), Is.EqualTo(Convert.ToHexString(one.MemoryAfter)), one.Name);
            }
        });
    }
}
