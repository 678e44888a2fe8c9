using Chainring.Host.Driver.Measure;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Measure;

/// <summary>How samples are taken: what is done how often, in which order, and when warm-up ends.</summary>
public sealed class InterleavedTests
{
    [Test]
    public void Each_round_samples_every_subject_once_and_not_always_in_the_same_order()
    {
        const int rounds = 8;
        var runs = new List<string>();
        Subject[] subjects = [.. new[] { "a", "b", "c" }.Select(name => new Subject(name, _ =>
        {
            runs.Add(name);
            Thread.SpinWait(100);
        }))];
        var samples = new Interleaved(new() { Rounds = rounds, SampleMs = 0.001, WindowMs = 0.001 }).Measure(subjects);
        var measured = runs.TakeLast(rounds * subjects.Length).Chunk(subjects.Length).Select(round => string.Concat(round)).ToList();
        Assert.That(measured.Select(round => string.Concat(round.Order())), Is.All.EqualTo("abc"));
        Assert.That(measured.Distinct().Count(), Is.GreaterThan(1));
        Assert.That(samples.Select(s => s.NsPerPacket.Length), Is.All.EqualTo(rounds));
        Assert.That(samples.SelectMany(s => s.NsPerPacket), Is.All.GreaterThan(0));
    }

    [Test]
    public void A_sample_does_it_as_often_as_its_subject_demands()
    {
        var times = new List<int>();
        var subject = new Subject("long", times.Add) { LeastTimes = 1000 };
        var samples = new Interleaved(new() { Rounds = 3, SampleMs = 0, WindowMs = 0 }).Measure([subject])[0];
        Assert.That(times, Is.All.EqualTo(1000));
        Assert.That((samples.Times, samples.IsStable), Is.EqualTo((1000, true)).Or.EqualTo((1000, false)));
    }

    [Test]
    public void A_sample_of_something_short_repeats_it_until_it_lasts()
    {
        int last = 0;
        var samples = new Interleaved(new() { Rounds = 3, SampleMs = 1, WindowMs = 1 }).Measure([new("short", times =>
        {
            last = times;
            Thread.SpinWait(10 * times);
        })])[0];
        Assert.That(samples.Times, Is.EqualTo(last).And.GreaterThan(1));
    }

    [Test]
    public void Time_that_a_thread_sleeps_is_on_the_wall_but_not_on_a_CPU()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("only Linux tells a thread's time");
        var sleeper = new Subject("sleeper", _ => Thread.Sleep(2));
        var wall = new Interleaved(new() { Rounds = 3, SampleMs = 0, WindowMs = 0 });
        Assert.That(wall.Measure([sleeper])[0].NsPerPacket, Is.All.GreaterThanOrEqualTo(1.9e6));
        Assert.That(wall.CpuShare, Is.LessThan(0.5));
        Assert.That(new Interleaved(new() { Rounds = 3, SampleMs = 0, WindowMs = 0, ByCpuTime = true }).Measure([sleeper])[0].NsPerPacket, Is.All.LessThan(1e6));
    }

    [Test]
    public void Warm_up_ends_after_two_windows_that_are_not_faster()
    {
        var warmUp = new WarmUp(window: 1, windowNs: 0);
        foreach (double ns in new double[] { 100, 50, 20, 10, 10 })
        {
            warmUp.Add(ns, 1);
            Assert.That(warmUp.IsStable, Is.False, $"{ns}");
        }
        warmUp.Add(40, 1);
        Assert.That((warmUp.IsStable, warmUp.Count), Is.EqualTo((true, 6)), "slower is others' work");
    }

    [Test]
    public void Warm_up_begins_anew_when_something_becomes_faster()
    {
        var warmUp = new WarmUp(window: 1, windowNs: 0);
        foreach (double ns in new double[] { 100, 100, 90, 90 }) warmUp.Add(ns, 1);
        Assert.That(warmUp.IsStable, Is.False);
        warmUp.Add(89, 1);
        Assert.That(warmUp.IsStable, Is.True, "less than 3 % faster is not faster");
    }

    [Test]
    public void A_window_has_enough_samples_and_lasts_long_enough()
    {
        var warmUp = new WarmUp(window: 2, windowNs: 100);
        for (int n = 0; n < 3; n++) warmUp.Add(1, 30);
        Assert.That(warmUp.Windows, Is.Zero, "90 ns");
        warmUp.Add(1, 30);
        Assert.That(warmUp.Windows, Is.EqualTo(1));
        warmUp.Add(1, 500);
        Assert.That(warmUp.Windows, Is.EqualTo(1), "one sample");
    }
}
