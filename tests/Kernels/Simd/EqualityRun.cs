using Chainring.Kernels;
using Chainring.Kernels.Simd;
using Chainring.Tests.Kernels.Il;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;

namespace Chainring.Tests.Kernels.Simd;

/// <summary>Runs the tests that <c>simd</c> does the same as the interpreter, all of them or a sample, in the vectors that this process has.</summary>
static class EqualityRun
{
    static readonly Type[] Fixtures = [typeof(LaneTests), typeof(LanePieceTests), typeof(LaneSumTests), typeof(LaneWidthTests), typeof(IsaCaseTests), typeof(IsaEqualityTests), typeof(ChainEqualityTests), typeof(GeneratedEqualityTests)];

    /// <summary>The vectors of this process in bits; 0 if the hardware has none, or may not use them.</summary>
    public static int Bits => LaneShape.IsAccelerated ? 8 * LaneShape.Here.Bytes : 0;

    /// <summary>How many tests failed; 1 if the vectors are not those that are asked for. The last line is <c>N passed, N failed in vectors of BITS bits</c>.</summary>
    /// <param name="bits">As in <see cref="Bits"/>.</param>
    /// <param name="every">One in so many tests of each fixture, and all generated programs.</param>
    /// <param name="first">The number of the first.</param>
    public static int Run(int bits, int every, int first, TextWriter output)
    {
        if (Bits != bits)
        {
            output.WriteLine($"the vectors of this process have {Bits} bits, not {bits}");
            return 1;
        }
        Way.OnlyInLanes = true;
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        var settings = new Dictionary<string, object> { ["LOAD"] = Fixtures.Select(f => f.FullName!).ToList(), ["NumberOfTestWorkers"] = 0 };
        var tests = Leaves(runner.Load(typeof(EqualityRun).Assembly, settings)).Where(IsOfSimd).GroupBy(t => t.TypeInfo!.Type);
        var chosen = tests.SelectMany(of => of.Where((_, n) => of.Key == typeof(GeneratedEqualityTests) || n % every == first % every)).ToHashSet();
        var result = runner.Run(new Failures(output), new Only(chosen));
        output.WriteLine($"{result.PassCount} passed, {result.FailCount} failed in vectors of {bits} bits");
        return result.FailCount;
    }

    /// <summary>A test of backends is of this one.</summary>
    static bool IsOfSimd(ITest test) => !test.Arguments.OfType<IKernelTarget>().Any(target => target is not SimdTarget);

    static IEnumerable<ITest> Leaves(ITest test) => test.IsSuite ? test.Tests.SelectMany(Leaves) : [test];

    sealed class Only(HashSet<ITest> chosen) : ITestFilter
    {
        public bool Pass(ITest test) => IsExplicitMatch(test);

        public bool IsExplicitMatch(ITest test) => test.IsSuite ? test.Tests.Any(IsExplicitMatch) : chosen.Contains(test);

        public TNode ToXml(bool recursive) => new("filter");

        public TNode AddToXml(TNode parentNode, bool recursive) => parentNode.AddElement("filter");
    }

    sealed class Failures(TextWriter output) : ITestListener
    {
        public void TestFinished(ITestResult result)
        {
            if (!result.Test.IsSuite && result.ResultState.Status == TestStatus.Failed) output.WriteLine($"{result.FullName}: {result.Message}");
        }

        public void TestStarted(ITest test)
        {
        }

        public void TestOutput(TestOutput output)
        {
        }

        public void SendMessage(TestMessage message)
        {
        }
    }
}
