using System.Diagnostics;
using Chainring.Host.Driver.Auto;
using Chainring.Host.Driver.Control;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>
/// A card in operation with a chain on it: threads run, the chain can be replaced or edited, and its counters read, by any thread. Owns the chain; the
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
    bool _hasStopped;

    LiveSession(PluggedCard plugged, InstalledChain chain, RunSettings settings, IReadOnlyList<IFrameSink> sinks)
    {
        (_plugged, _chain, _settings) = (plugged, chain, settings);
        _live = new LiveCard(plugged.Card.Capabilities.Queues, new FrameSinks([.. sinks, plugged.Carrier]), plugged.EndingHosts, plugged.Ports);
    }

    /// <summary>How often the chain has been replaced.</summary>
    public int Reloads { get; private set; }

    /// <summary>Goes up by 1 with each change of the chain, from 1 on; a change can demand that there was none.</summary>
    public ulong Revision => (ulong)Reloads + 1;

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
    /// <param name="expectedRevision">What <see cref="Revision"/> must be; null to not care.</param>
    public Problem? Reload(ChainSpec spec, BackendChoice? choice = null, ulong? expectedRevision = null)
    {
        lock (_control) return Refuse(expectedRevision) ?? Put(spec, choice, edits: false);
    }

    /// <summary>Puts what an edit makes of the chain that runs in its place; programs that stay go on as they are. The card keeps its backend, unless <c>auto</c> chose it and only it refuses.</summary>
    /// <param name="edit">Called once, with the chain as it is then.</param>
    public Problem? Edit(Func<ChainSpec, Result<ChainSpec>> edit, ulong? expectedRevision = null)
    {
        lock (_control)
        {
            if (Refuse(expectedRevision) is { } stale) return stale;
            if (!edit(_chain.Spec).Try(out var spec, out var problem)) return problem;
            var refused = Put(spec, choice: null, edits: true);
            return refused is Refusal { IsOfBackend: true } && _settings.Chosen is not null ? Put(spec, new(Targets.Reference, refused.Sentence), edits: true) : refused;
        }
    }

    /// <summary>Looks at the chain, or changes what is in its maps, while nobody changes the chain itself.</summary>
    public T With<T>(Func<InstalledChain, T> look)
    {
        lock (_control) return look(_chain);
    }

    Refusal? Refuse(ulong? expectedRevision) => expectedRevision is { } expected && expected != Revision ? Refusal.StaleRevision(expected, Revision) : null;

    Problem? Put(ChainSpec spec, BackendChoice? choice, bool edits)
    {
        if (_hasStopped) return ControlError.Stopped();
        if (!_chain.Replace(spec, choice?.Target, edits).Try(out var replaced, out var problem)) return problem;
        _chain = replaced;
        if (choice is not null) _settings = _settings with { Chosen = choice };
        Reloads++;
        return null;
    }

    /// <summary>The counters as they stand, of ports and queues since the start, of programs and edges since they are on the card.</summary>
    public RunReport Report()
    {
        lock (_control) return RunReport.Of(_plugged.Card, _chain, _plugged.Ports, _settings, _watch.Elapsed, _plugged.Faults) with { Reloads = Reloads };
    }

    /// <summary>Takes no more frames, finishes those under way, and gives the final counters, which add up.</summary>
    public RunReport Stop()
    {
        lock (_control) _hasStopped = true;
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
