using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Control;

/// <summary>What commands make of a chain: pure functions, so that the card gets a whole chain or none. What the card does not take is said when it is installed.</summary>
/// <remarks>
/// A chain in libxdp's order stays in it while programs are loaded, removed and exchanged; one that a program is inserted into at a place is a graph from there on.
/// </remarks>
public static class ChainEdit
{
    /// <summary>Every code that a wildcard stands for.</summary>
    const uint AllButAborted = 0b11110;

    /// <summary>Puts a program where libxdp would: by its priority, with the codes on which the chain goes on after it.</summary>
    /// <param name="priority">Null for what the object says, else 50.</param>
    /// <param name="actions">Bit n for code n; null for what the object says, else PASS.</param>
    public static Result<ChainSpec> Load(ChainSpec chain, ObjectSpec source, ProgramSpec program, long? priority, uint? actions)
    {
        if (OrderOf(chain) is not { } programs) return ControlError.NotInOrder();
        var config = program.RunConfig ?? LibxdpConfig.Default;
        config = new(priority ?? config.Priority, actions ?? config.Actions);
        return Arrange(Named(chain), [.. programs, (new ChainMember(Unused(chain, program.Name), source, program), config)]);
    }

    /// <summary>
    /// Before a stage: whatever led there leads to the new one, and that leads there on the actions. After it: on the actions the stage leads to the new one, and what
    /// followed there follows that.
    /// </summary>
    /// <param name="actions">Bit n for code n.</param>
    public static Result<ChainSpec> Insert(ChainSpec chain, ChainMember inserted, string stage, bool before, uint actions)
    {
        if (Find(chain, inserted.Alias) >= 0) return ControlError.StageExists(inserted.Alias);
        if (Find(chain, stage) is var at && at < 0) return NoSuchStage(chain, stage);
        int added = chain.Members.Count;
        ChainMember[] members = [.. chain.Members.Select(m => m with { Order = null }), inserted];
        var edges = chain.Edges.ToList();
        if (before)
        {
            edges = [.. edges.Select(e => e.To == at ? e with { To = added } : e), .. ActionWords.Of(actions).Select(on => new ChainEdge(added, on, at))];
            return Named(chain) with { Members = members, Edges = edges, Entry = chain.Entry == at ? added : chain.Entry };
        }

        uint ends = members[at].PassAtEnd;
        if ((ends & ~actions) != 0) return ControlError.EndStays(stage, string.Join(", ", ActionWords.Of(ends).Select(Names.Of)));
        if (ends != 0) (members[at], members[added]) = (members[at] with { PassAtEnd = 0 }, inserted with { PassAtEnd = actions });
        foreach (var on in ActionWords.Of(actions))
        {
            if (Next(chain, at, on) is { } next) edges.Add(new(added, on, next));
            edges.RemoveAll(e => e.From == at && e.On == on);
            edges.Add(new(at, on, added));
        }
        return Named(chain) with { Members = members, Edges = edges };
    }

    /// <summary>
    /// Takes a stage out. What led to it leads to what followed it: to the one stage that did, or, if there were several, by the code. A chain whose last
    /// program goes is empty.
    /// </summary>
    public static Result<ChainSpec> Remove(ChainSpec chain, string stage)
    {
        if (Find(chain, stage) is var at && at < 0) return NoSuchStage(chain, stage);
        if (ArrayWith(chain, stage) is { } array) return ControlError.InProgArray(stage, array);
        var entries = WithoutSource(Named(chain), at).MapEntries;
        var rest = chain.Members.Where((_, n) => n != at).ToList();
        if (rest.Count == 0) return None(chain);
        if (OrderOf(chain) is { } programs) return Arrange(chain with { MapEntries = entries }, programs.Where((_, n) => n != at));

        ChainEdge[] after = [.. chain.Edges.Where(e => e.From == at)], to = [.. chain.Edges.Where(e => e.To == at)];
        int[] next = [.. after.Select(e => e.To).Distinct()];
        int? entry = chain.Entry != at ? chain.Entry : next is [var only] ? only : Next(chain, at, XdpAction.Pass);
        if (entry is null) return ControlError.EntryStays(stage);
        if (chain.Members[at].PassAtEnd != 0)
        {
            int[] before = [.. to.Select(e => e.From).Distinct()];
            if (before.Length > 1) return ControlError.EndSpreads(stage);
            if (before is [var last]) rest[Shifted(last)] = chain.Members[last] with { PassAtEnd = to.Aggregate(0u, (set, e) => set | (e.On is { } on ? 1u << (int)on : AllButAborted)) };
        }
        var bridges = to.SelectMany(e => next.Length == 1 ? [e with { To = next[0] }] : Bridges(chain, e, after));
        ChainEdge[] edges = [.. chain.Edges.Where(e => e.From != at && e.To != at), .. bridges];
        return chain with { Members = rest, MapEntries = entries, Entry = Shifted(entry.Value), Edges = [.. edges.Select(e => e with { From = Shifted(e.From), To = Shifted(e.To) })] };

        int Shifted(int member) => member > at ? member - 1 : member;
    }

    /// <summary>Puts another program in the place of a stage, under the same name.</summary>
    public static Result<ChainSpec> Replace(ChainSpec chain, string stage, ObjectSpec source, ProgramSpec program)
    {
        if (Find(chain, stage) is var at && at < 0) return NoSuchStage(chain, stage);
        if (ArrayWith(chain, stage) is { } array) return ControlError.InProgArray(stage, array);
        var members = chain.Members.ToArray();
        members[at] = members[at] with { Source = source, Program = program };
        return WithoutSource(Named(chain), at, source) with { Members = members };
    }

    /// <summary>Takes every program out.</summary>
    public static ChainSpec None(ChainSpec chain) => ChainSpec.Empty(chain.Name) with { KeepsLastVerdict = chain.KeepsLastVerdict, PreviousVerdict = chain.PreviousVerdict };

    /// <summary>The programs with their places, if libxdp's order is what the chain is, or a program is alone; else null.</summary>
    static IEnumerable<(ChainMember Member, LibxdpConfig Config)>? OrderOf(ChainSpec chain) =>
        chain.Members.Count == 1 || chain.Members.All(m => m.Order is not null) ? chain.Members.Select(m => (m, m.Order ?? m.Program.RunConfig ?? LibxdpConfig.Default)) : null;

    static ChainSpec Arrange(ChainSpec chain, IEnumerable<(ChainMember Member, LibxdpConfig Config)> programs)
    {
        var arranged = LibxdpOrder.Arrange(chain.Name, programs.Select(p => (p.Member with { PassAtEnd = 0 }, p.Config)), chain.KeepsLastVerdict);
        return arranged with { MapEntries = chain.MapEntries, PreviousVerdict = chain.PreviousVerdict };
    }

    static int Find(ChainSpec chain, string stage) => chain.Members.ToList().FindIndex(m => m.Alias == stage);

    static InputError NoSuchStage(ChainSpec chain, string stage) => ControlError.NoSuchStage(stage, chain.Members.Select(m => m.Alias));

    /// <summary>What follows a member on a code.</summary>
    static int? Next(ChainSpec chain, int member, XdpAction on)
    {
        ChainEdge[] edges = [.. chain.Edges.Where(e => e.From == member && (e.On == on || (e.On is null && on != XdpAction.Aborted)))];
        return edges.Length == 0 ? null : edges.MinBy(e => e.On is null)!.To;
    }

    /// <summary>What an edge becomes when the stage that it led to is gone, and several followed that: an edge for each code that led on.</summary>
    static IEnumerable<ChainEdge> Bridges(ChainSpec chain, ChainEdge led, ChainEdge[] after)
    {
        if (led.On is { } on) return Next(chain, led.To, on) is { } next ? [led with { To = next }] : [];
        // What the wildcard stood for: codes without an edge of their own.
        return after.Where(e => e.On is null || (e.On != XdpAction.Aborted && !chain.Edges.Any(own => own.From == led.From && own.On == e.On))).Select(e => e with { From = led.From });
    }

    /// <summary>The program's name, with a number behind it if a stage has that name.</summary>
    static string Unused(ChainSpec chain, string name) =>
        Enumerable.Range(1, chain.Members.Count + 1).Select(n => n == 1 ? name : $"{name}-{n}").First(n => Find(chain, n) < 0);

    /// <summary>The chain with every map entry under the name of a program, so that it means the same when another has a map of that name.</summary>
    static ChainSpec Named(ChainSpec chain) => chain with
    {
        MapEntries = [.. chain.MapEntries.Select(e => e.Member is not null ? e : e with { Member = chain.Members.First(m => MapEntries.Find(m.Source, e.Map) is not null).Alias })],
    };

    /// <summary>The chain without what it says of maps that go with a member's object; another member that has that object speaks for it.</summary>
    static ChainSpec WithoutSource(ChainSpec chain, int at, ObjectSpec? replacement = null)
    {
        var gone = chain.Members[at];
        string? other = chain.Members.FirstOrDefault(m => m != gone && ReferenceEquals(m.Source, gone.Source))?.Alias;
        return chain with
        {
            MapEntries =
            [
                .. from entry in chain.MapEntries
                   let stays = entry.Member != gone.Alias || (replacement is not null && MapEntries.Find(replacement, entry.Map) is not null)
                   where stays || other is not null
                   select stays ? entry : entry with { Member = other },
            ],
        };
    }

    /// <summary>The prog array of another stage that has a stage in a slot by its name; null if none has.</summary>
    static string? ArrayWith(ChainSpec chain, string stage) =>
        (from entry in chain.MapEntries
         where entry.Value == stage
         from member in chain.Members
         where member.Alias != stage && (entry.Member is null || entry.Member == member.Alias) && MapEntries.Find(member.Source, entry.Map) is { Type: MapType.ProgramArray }
         select entry.Map).FirstOrDefault();
}
