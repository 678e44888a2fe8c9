using System.Text.Json.Nodes;
using Chainring.Tests.Host.Cli;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>Device code under Oclgrind, a simulator that sees accesses outside of buffers and races between work-items; in a process of its own, whose loader is given that driver alone.</summary>
public sealed class OclgrindTests
{
    const string Driver = "/usr/lib/oclgrind/liboclgrind-rt-icd.so";

    [TestCase("firewall-then-count")]
    [TestCase("load-balance")]
    [TestCase("rate-limit")]
    [TestCase("vlan-pop-then-route")]
    public void A_chain_accesses_what_is_its_own_and_does_not_race(string chain)
    {
        if (!File.Exists(Driver))
        {
            const string Missing = "there is no Oclgrind (Debian: oclgrind)";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(Missing);
            Assert.Ignore(Missing);
        }
        using var work = new Workspace();
        work.Variables.Add("OCL_ICD_VENDORS", Driver);
        work.Variables.Add("OCLGRIND_DATA_RACES", "1");
        work.Variables.Add("OCLGRIND_CHECK_API", "1");
        work.Variables.Add("OCLGRIND_LOG", work.PathOf("oclgrind.log"));
        work.Variables.Add("XDG_CACHE_HOME", work.PathOf("cache"));
        var devices = JsonNode.Parse(work.Done("backends", "--json"))!["devices"]!.AsArray();
        Assert.That(devices.Select(d => (string)d!["platform"]!), Is.EqualTo(new[] { "Oclgrind" }));
        foreach (string backend in (string[])["interpreter", "opencl"])
        {
            var outcome = work.Run(["run", "--chain", Workspace.Example($"{chain}.yaml"), "--in", Workspace.Capture("all-protocols"), "--batch", "64", "--backend", backend, "--maps", $"{backend}.maps", "--verdicts", $"{backend}.verdicts"]);
            Assert.That(outcome.Code, Is.Zero, outcome.Error);
        }
        Assert.That(work.Text("opencl.verdicts"), Is.EqualTo(work.Text("interpreter.verdicts")));
        Assert.That(work.Text("opencl.maps"), Is.EqualTo(work.Text("interpreter.maps")));
        Assert.That(work.Text("oclgrind.log"), Is.Empty);
    }
}
