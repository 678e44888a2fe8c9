using Chainring.Host.Driver;
using Chainring.Host.Driver.Emulated;
using Chainring.Offload;

namespace Chainring.Host;

/// <summary>
/// A card in a host of its own, and a process of root that uses it. Everything goes by system calls and netlink messages, whose bytes can be had of
/// <see cref="Process"/>.
/// </summary>
public sealed class Nic : IDisposable
{
    Nic(EmulatedHost host, OffloadDevice card)
    {
        (Host, Card, Process) = (host, card, host.NewProcess());
        Ports = [.. card.Ports.OrderBy(p => p.PortIndex).Select(p => new NicPort(this, p))];
    }

    public EmulatedHost Host { get; }

    public OffloadDevice Card { get; }

    public EmulatedProcess Process { get; }

    public IReadOnlyList<NicPort> Ports { get; }

    /// <summary>The first port.</summary>
    public NicPort Port => Ports[0];

    /// <summary>A card as a device file has it.</summary>
    /// <param name="device">The name of one that comes along (<c>netdevsim</c>, <c>nfp</c>, <c>fpga-small</c>, <c>unlimited</c>), or a path.</param>
    /// <param name="options">What the host is made with.</param>
    /// <exception cref="ArgumentException">There is no such device, or its file is wrong.</exception>
    public static Nic Create(string device = "netdevsim", int ports = 1, EmulatedHostOptions? options = null)
    {
        if (!DeviceFile.Find(device).Try(out var capabilities, out var problem)) throw new ArgumentException(problem.Sentence, nameof(device));
        var host = new EmulatedHost(options ?? new());
        var answer = host.AddCard(1, capabilities, ports, out var card);
        return answer.IsOk ? new Nic(host, card!) : throw new XdpException(answer.Errno, "card", answer.Text);
    }

    /// <summary>The process ends, and with its descriptors whatever only they held.</summary>
    public void Dispose()
    {
        foreach (var port in Ports) port.Dispose();
        Process.Dispose();
    }
}
