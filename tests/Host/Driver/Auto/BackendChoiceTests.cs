using Chainring.Host.Driver.Auto;
using Chainring.Kernels;
using Chainring.Kernels.Interpreter;
using Chainring.Nic.Wire;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Auto;

/// <summary>What is taken, of measurements that are given.</summary>
public sealed class BackendChoiceTests
{
    static readonly IKernelTarget[] Named = [new Named("slow"), new Named("other"), new Named("usual")];

    static readonly IKernelTarget Usual = Named[2];

    [TestCase(140, 12.04, 15.26, "other", "12.0 ns a frame over its first frames, against 15.3 on usual, 140 on slow")]
    [TestCase(140, 18, 15.26, "usual", "15.3 ns a frame over its first frames, against 18.0 on other, 140 on slow")]
    [TestCase(1.5, 18, 1540, "slow", "1.5 ns a frame over its first frames, against 18.0 on other, 1,540 on usual")]
    public void The_fastest_is_taken_and_it_is_said_what_the_others_take(double slow, double other, double usual, string taken, string why)
    {
        var choice = BackendChoice.Of(Usual, Samples([slow, other, usual], noise: 0.02, seed: 1), "its first frames");
        Assert.That((choice.Target.Name, choice.Why), Is.EqualTo((taken, why)));
        Assert.That(choice.Measured[0].Backend, Is.EqualTo(taken));
        Assert.That(choice.Measured.Select(m => m.Ns), Is.Ordered);
        Assert.That(choice.Measured.Where(m => m.Low > m.Ns || m.Ns > m.High), Is.Empty);
    }

    [Test]
    public void The_one_with_the_least_is_taken_whatever_the_numbers([Range(1, 40)] int seed)
    {
        var random = new SplitMix64((ulong)seed);
        double[] ns = [1 + random.Below(1000), 1 + random.Below(1000), 1 + random.Below(1000)];
        if (ns.Min() * 1.02 > ns[2]) ns[2] = ns.Min();
        var choice = BackendChoice.Of(Usual, Samples(ns, noise: 0.001, (ulong)seed), "frames");
        Assert.That(choice.Target, Is.EqualTo(ns[2] == ns.Min() ? Usual : Named[Array.IndexOf(ns, ns.Min())]));
    }

    /// <summary>What disturbs a round disturbs both, and hides no difference.</summary>
    [TestCase(false, "usual"), TestCase(true, "other")]
    public void A_difference_that_could_be_noise_does_not_count(bool together, string taken)
    {
        double[] usual = [10, 14, 11, 19, 10, 12, 16, 10, 13], other = together ? [.. usual.Select(ns => ns - 0.5)] : [15, 10, 9.5, 10, 18, 11, 10, 13, 9];
        var choice = BackendChoice.Of(Usual, [new(Named[1], other), new(Usual, usual)], "frames");
        Assert.That(choice.Target.Name, Is.EqualTo(taken));
        Assert.That(choice.Why, together ? Does.EndWith("against 12.0 on usual") : Does.EndWith("against 10.0 on other (no more than noise)"));
    }

    [Test]
    public void Every_backend_that_can_be_used_is_a_candidate_and_the_last_of_them_the_usual_one()
    {
        Assert.That(Targets.Candidates, Is.EqualTo(Targets.All.Where(t => t.Missing is null && t.MayBeChosen)));
        Assert.That(Targets.Usual, Is.EqualTo(Targets.Candidates.Last()));
    }

    static BackendSamples[] Samples(double[] ns, double noise, ulong seed)
    {
        var random = new SplitMix64(seed);
        var samples = new BackendSamples[ns.Length];
        for (int n = 0; n < ns.Length; n++)
        {
            double[] rounds = new double[15];
            // As many above as below.
            for (int round = 0; round < rounds.Length; round++) rounds[round] = ns[n] * (1 + noise * (round % 3 - 1) * random.Below(100) / 100);
            samples[n] = new(Named[n], rounds);
        }
        return samples;
    }
}

/// <summary>The interpreter by another name.</summary>
sealed class Named(string name) : IKernelTarget
{
    public string Name => name;

    public string Description => name;

    public bool NeedsProof => false;

    public IKernel Compile(Chain chain, KernelEnvironment environment) => new InterpreterTarget().Compile(chain, environment);
}
