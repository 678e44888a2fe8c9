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
    public static CardSpec Of(IReadOnlyList<string> captures, RunSettings settings, PortConfig config) => new()
    {
        Ports = [.. captures.Select((capture, n) => new PortSpec((uint)n + 1, config, LinkUp: true, Play(capture, settings.Repeat), new WireSpec()))],
    };

    /// <summary>Plays captures into ports: <c>PORT=CAPTURE</c> into that port, the others into the ports in their order.</summary>
    public static Result<CardSpec> Play(CardSpec card, IReadOnlyList<string> captures, int repeat)
    {
        var ports = card.Ports.ToList();
        var played = new string?[ports.Count];
        var others = new List<string>();
        foreach (string text in captures)
        {
            int equals = text.IndexOf('=');
            int named = equals < 0 ? -1 : ports.FindIndex(p => p.Config.Name == text[..equals]);
            if (named < 0) others.Add(text);
            else if (played[named] is not null) return UsageError.PortTwice(text, ports[named].Config.Name);
            else played[named] = text[(equals + 1)..];
        }
        foreach (string text in others)
        {
            int free = Array.FindIndex(played, p => p is null);
            if (free < 0) return UsageError.TooManyCaptures(text, ports.Count);
            played[free] = text;
        }
        // What is around the wire stays.
        return card with
        {
            Ports = [.. ports.Select((port, n) => played[n] is not { } capture ? port : port with
            {
                Wire = port.Wire with { Kind = WireKind.Capture, Name = capture, Repeat = repeat, Where = "--in" },
            })],
        };
    }

    static WireSpec Play(string capture, int repeat) => new() { Kind = WireKind.Capture, Name = capture, Repeat = repeat, Where = "--in" };
}
