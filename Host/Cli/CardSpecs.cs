using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Nic;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>The ports that a command runs on: those of a card file, with captures of the command line in place of their wires.</summary>
static class CardSpecs
{
    /// <summary>
    /// A card for several captures without a card file: a port for each, with the interface indices 1, 2, and so on.
    /// </summary>
    public static CardSpec Of(IReadOnlyList<string> captures, RunSettings settings) => new()
    {
        Ports = [.. captures.Select((capture, n) => new PortSpec(
            (uint)n + 1, new PortConfig { Queues = settings.Queues, Ring = settings.Ring, Batch = settings.Batch }, LinkUp: true, Play(capture, settings.Repeat), new WireSpec()))],
    };

    /// <summary>Plays captures into ports: <c>PORT=CAPTURE</c> into that port, the others into the ports in their order.</summary>
    public static Result<CardSpec> Play(CardSpec card, IReadOnlyList<string> captures, int repeat)
    {
        var ports = card.Ports.ToList();
        int next = 0;
        foreach (string text in captures)
        {
            int equals = text.IndexOf('=');
            int named = equals < 0 ? -1 : ports.FindIndex(p => p.Config.Name == text[..equals]);
            int at = named >= 0 ? named : next++;
            if (at >= ports.Count) return UsageError.TooManyCaptures(text, ports.Count);
            ports[at] = ports[at] with { Wire = Play(named >= 0 ? text[(equals + 1)..] : text, repeat) with { Out = ports[at].Wire.Out } };
        }
        return card with { Ports = ports };
    }

    static WireSpec Play(string capture, int repeat) => new() { Kind = WireKind.Capture, Name = capture, Repeat = repeat, Where = "--in" };
}
