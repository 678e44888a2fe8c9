using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>Runs as if frames came from a card's ports and queues.</summary>
public sealed class PortTests
{
    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [Test]
    public void A_program_sees_the_port_and_the_queue([Values(2, 5)] int port, [Values(0, 3)] int queue)
    {
        using var ports = new KernelPorts([2, 5], queues: 4);
        using var program = Load("r0 = *(u32 *)(r1 + 12)\nr0 <<= 8\nr2 = *(u32 *)(r1 + 16)\nr0 |= r2\nexit");
        Assert.That(program.Run(Ask.Frame(64), ingress: (uint)port, queue: (uint)queue).Code, Is.EqualTo((port << 8) | queue));
    }

    [Test]
    public void A_queue_beyond_the_port_s_is_refused()
    {
        using var ports = new KernelPorts([2], queues: 4);
        using var program = Load("r0 = 2\nexit");
        Assert.That(() => program.Run(Ask.Frame(64), ingress: 2, queue: 4), RunTests.Refuses(Errno.EINVAL));
    }

    [TestCase(MapType.DevMap), TestCase(MapType.DevMapHash)]
    public void A_devmap_takes_only_ports_that_exist(MapType type)
    {
        using var ports = new KernelPorts([7]);
        using var map = new KernelMap(new() { Name = "tx", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 4 });
        Assert.That(map.Update(MapTests.Bytes(1), MapTests.Bytes(7)), Is.EqualTo(Errno.None));
        Assert.That(map.Update(MapTests.Bytes(2), MapTests.Bytes(8)), Is.EqualTo(Errno.EINVAL));
        Assert.That(map.Entries().Select(e => e.ToString()), Is.EqualTo(new[] { "01000000 = 07000000" }));
    }

    static KernelProgram Load(string text) => new(ProgramText.Program("test", text), _ => throw new InvalidOperationException());
}
