using System.Diagnostics;
using Chainring.Host.Driver.Auto;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>
/// A card in operation with a chain on it: threads run, the chain can be replaced, and its counters read, by any thread. Owns the chain; the
/// plugged card is its maker's.
/// </summary>
public sealed class LiveSession : IDisposable
{
    readonly PluggedCard _plugged;
    readonly LiveCard _live;
    readonly Lock _control = new();
    readonly Stopwatch _watch = Stopwatch.StartNew();
    InstalledChain _chain;
    RunSettings _settings;

    LiveSession(PluggedCard plugged, InstalledChain chain, RunSettings settings, IReadOnlyList<IFrameSink> sinks)
    {
        (_plugged, _chain, _settings) = (plugged, chain, settings);
        _live = new LiveCard(plugged.Card.Capabilities.Queues, new FrameSinks([.. sinks, plugged.Carrier]), plugged.EndingHosts, plugged.Ports);
    }

    /// <summary>How often the chain has been replaced.</summary>
    public int Reloads { get; private set; }

    /// <summary>Every wire has ended and every frame is finished.</summary>
    public bool IsDone => _live.IsDone;

    public IReadOnlyList<Port> Ports => _plugged.Ports;

    /// <summary>Why a capture ended early; null if none did.</summary>
    public Problem? Problem => _plugged.Problem;

    /// <summary>The maps as they are now.</summary>
    public MapDump Maps()
    {
        lock (_control) return MapDump.Of(_chain);
    }

    /// <summary>Sets the card going with a chain that is installed on it, which the session owns from here on.</summary>
    /// <param name="sinks">Told before verdicts are carried out, by several threads at once.</param>
    public static LiveSession Start(PluggedCard plugged, InstalledChain chain, RunSettings settings, params IReadOnlyList<IFrameSink> sinks)
    {
        var session = new LiveSession(plugged, chain, settings, sinks);
        session._live.Start();
        return session;
    }

    /// <summary>Puts another chain in place of the one that runs, or says what was refused, and that one goes on.</summary>
    /// <param name="choice">The backend for it; null for the one that the card has.</param>
    public Problem? Reload(ChainSpec spec, BackendChoice? choice = null)
    {
        lock (_control)
        {
            if (!_chain.Replace(spec, choice?.Target).Try(out var replaced, out var problem)) return problem;
            _chain = replaced;
            if (choice is not null) _settings = _settings with { Chosen = choice };
            Reloads++;
            return null;
        }
    }

    /// <summary>The counters as they stand, of ports and queues since the start, of programs and edges since the last reload.</summary>
    public RunReport Report()
    {
        lock (_control) return RunReport.Of(_plugged.Card, _chain, _plugged.Ports, _settings, _watch.Elapsed, _plugged.Faults) with { Reloads = Reloads };
    }

    /// <summary>Takes no more frames, finishes those under way, and gives the final counters, which add up.</summary>
    public RunReport Stop()
    {
        _live.Stop();
        _watch.Stop();
        Conservation.Check(_plugged.Card, _plugged.Ports, carried: true);
        return Report();
    }

    public void Dispose()
    {
        _live.Dispose();
        _chain.Dispose();
    }
}
