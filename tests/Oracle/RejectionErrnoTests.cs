using Chainring.Host.Driver.Emulated;
using Chainring.Host.Driver.Peers;
using Chainring.Offload.Verify;
using Chainring.Tests.Offload.Verify;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>A program that both verifiers reject is refused by the same error number, but for what is listed here.</summary>
public sealed class RejectionErrnoTests
{
    /// <summary>Numbers that Linux has for a part of what is one rule here.</summary>
    static readonly HashSet<(string Id, Errno Theirs)> Differences =
    [
        ("V05", Errno.EFAULT), // branches that are open, not instructions
        ("V22", Errno.EINVAL), // arguments of global functions
        ("V23", Errno.EINVAL), // what is handed to a function, and stores at variable places
        ("V25", Errno.EINVAL), // what is handed to a function
        ("V26", Errno.EINVAL), // a pointer into one stack, stored in another
        ("V33", Errno.ENOTSUPP), // addresses of values of maps with several entries
        ("V34", Errno.EACCES), // one of the two is no pointer
        ("V40", Errno.EINVAL), // dynamic pointers, texts, arguments of global functions
        ("V44", Errno.EACCES), ("V44", Errno.ENOTSUPP), // found by the sizes that the map has not, or by the callback
        ("V45", Errno.EACCES), ("V45", Errno.EBADF), // kfuncs, and descriptors that name nothing
    ];

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [Test]
    public void Rejections_have_the_error_number_of_Linux()
    {
        var wrong = new List<string>();
        int alike = 0, different = 0;
        foreach (var asked in VerifierCase.All.Where(c => !c.Accepted && KernelCase.IsDecidedAlike(c)))
        {
            if (VerifierCaseTests.ProblemWith(asked, strict: false) is not Rejection rejection) continue;
            using var loading = new KernelCase(asked);
            if (loading.Refusal() is not { } refusal) continue;
            int theirs = (int)Enum.Parse<Errno>(refusal[..refusal.IndexOf(':', StringComparison.Ordinal)]), ours = RejectionErrno.Of(rejection);
            if (theirs == ours) alike++;
            else if (Differences.Contains((rejection.Id, (Errno)theirs))) different++;
            else wrong.Add($"{rejection.Id} {rejection.Name}\t{(Errno)theirs}\tours {(Errno)ours}\t{asked}\t{rejection.Sentence}\t{refusal}");
        }
        wrong.Sort(StringComparer.Ordinal);
        TestContext.Out.WriteLine($"{alike} alike, {different} with the other of two numbers, {wrong.Count} not\n{string.Join("\n", wrong)}");
        Assert.That(wrong, Is.Empty);
    }
}
