using System.Text.Json;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Control;

/// <summary>What a running card can be told, by any thread: each command whole or not at all, one after the other.</summary>
/// <param name="options">What objects are told that commands name.</param>
/// <param name="put">Puts a chain of its own in place, if the revision is the one that is expected.</param>
/// <remarks><code>
/// status                                                      → StatusView
/// chain-show                                                  → ChainView
/// chain-set      file                                         → ChangedView, as all that change the chain
/// chain-insert   stage object program? before|after actions?
/// chain-remove   stage
/// chain-replace  stage object program?
/// load           ports object program? priority? actions?
/// unload         ports id|all
/// map-list                                                    → MapView[]
/// map-dump       id|name                                      → MapDumpView
/// map-lookup     id|name key                                  → MapLookupView
/// map-update     id|name key value flags?                     → null
/// map-delete     id|name key                                  → null
/// prog-list                                                   → ProgramView[]
/// prog-dump      id|name                                      → CodeView
/// </code></remarks>
public sealed class ControlCommands(LiveSession session, LoadOptions options, Func<ChainSpec, ulong?, Problem?> put)
{
    const uint PassOnly = 1u << (int)XdpAction.Pass;

    readonly MapControl _maps = new(session);

    /// <summary>The answer to a line, whatever is in it.</summary>
    public byte[] Answer(ReadOnlySpan<byte> line, out bool isRequest)
    {
        var request = ControlProtocol.ReadRequest(line);
        isRequest = request.Problem is null;
        return ControlProtocol.Write(request.Try(out var command, out var problem) && Carry(command).Try(out var result, out problem) ? ControlReply.Of(result) : ControlReply.Of(problem));
    }

    public Result<JsonElement> Carry(ControlRequest request)
    {
        if (request.Chainring != ControlProtocol.Version) return ControlError.OtherVersion(request.Chainring);
        if ((request.Ports ?? []).Concat(request.Actions ?? []).Any(word => word is null)) return ControlError.BadRequest("a list has null in it");
        return request.Command switch
        {
            "status" => Element(session.With(chain => Status(chain))),
            "chain-show" => Element(session.With(chain => View(chain))),
            "chain-set" => Changed(Set(request)),
            "chain-insert" => Changed(Insert(request)),
            "chain-remove" => Changed(Need(request.Stage, "stage", out var stage) ?? session.Edit(chain => ChainEdit.Remove(chain, stage), request.ExpectedRevision)),
            "chain-replace" => Changed(Replace(request)),
            "load" => Changed(Load(request)),
            "unload" => Changed(Unload(request)),
            "map-list" => Element(_maps.List()),
            "map-dump" => _maps.Dump(request),
            "map-lookup" => _maps.Lookup(request),
            "map-update" => _maps.Update(request),
            "map-delete" => _maps.Delete(request),
            "prog-list" => Element(session.With(chain => chain.Loaded.Select(p => ProgramView.Of(p, chain, MapControl.FirstPort(session))).ToArray())),
            "prog-dump" => Dump(request),
            var other => ControlError.NoSuchCommand(other),
        };
    }

    internal static JsonElement Element<T>(T value) => ControlProtocol.Element(value);

    internal static InputError? Need(string? given, string field, out string value)
    {
        value = given!;
        return given is null ? ControlError.Missing(field) : null;
    }

    Result<JsonElement> Changed(Problem? problem) => problem is null ? Element(new ChangedView(session.Revision)) : problem;

    StatusView Status(InstalledChain chain) => new(chain.Backend, [.. session.Ports.Select(MapControl.View)], View(chain));

    ChainView View(InstalledChain chain) => ChainView.Of(chain, session.Revision, session.Report());

    Problem? Set(ControlRequest request)
    {
        if (Need(request.File, "file", out var path) is { } missing) return missing;
        if (!IsAbsolute(path)) return ControlError.NotAbsolute(path);
        return ChainFile.Load(path, options).Try(out var chain, out var problem) ? put(chain, request.ExpectedRevision) : problem;
    }

    Problem? Insert(ControlRequest request)
    {
        if (Need(request.Stage, "stage", out var stage) is { } missing) return missing;
        if ((request.Before is null) == (request.After is null)) return ControlError.Missing("before' or 'after");
        if (!ActionsOf(request).Try(out var actions, out var problem) || !Read(request).Try(out var read, out problem)) return problem;
        return session.Edit(
            chain => ChainEdit.Insert(chain, new(stage, read.Source, read.Program), request.Before ?? request.After!, request.Before is not null, actions ?? PassOnly), request.ExpectedRevision);
    }

    Problem? Replace(ControlRequest request)
    {
        if (Need(request.Stage, "stage", out var stage) is { } missing) return missing;
        return Read(request).Try(out var read, out var problem) ? session.Edit(chain => ChainEdit.Replace(chain, stage, read.Source, read.Program), request.ExpectedRevision) : problem;
    }

    Problem? Load(ControlRequest request)
    {
        if (RefusePorts(request) is { } refused) return refused;
        if (!ActionsOf(request).Try(out var actions, out var problem) || !Read(request).Try(out var read, out problem)) return problem;
        return session.Edit(chain => ChainEdit.Load(chain, read.Source, read.Program, request.Priority, actions), request.ExpectedRevision);
    }

    Problem? Unload(ControlRequest request)
    {
        if (RefusePorts(request) is { } refused) return refused;
        if ((request.Id is null) == (request.All is not true)) return ControlError.Missing("id' or 'all");
        return session.With(chain =>
        {
            if (chain.Members.Count == 0) return ControlError.NothingLoaded();
            if (request.Id is not { } id) return session.Edit(spec => ChainEdit.None(spec), request.ExpectedRevision);
            int at = chain.Members.ToList().FindIndex(p => p.Id == id);
            return at < 0 ? ControlError.NotLoaded(id) : session.Edit(spec => ChainEdit.Remove(spec, spec.Members[at].Alias), request.ExpectedRevision);
        });
    }

    Result<JsonElement> Dump(ControlRequest request) => session.With<Result<JsonElement>>(chain =>
    {
        if (request.Id is null && request.Name is null) return ControlError.Missing("id' or 'name");
        bool IsMeant(LoadedProgram p) => request.Id is { } id ? p.Id == id : p.Name == request.Name || chain.Spec.Members.Where((m, n) => m.Alias == request.Name && chain.Members[n] == p).Any();
        return chain.Loaded.Where(IsMeant).ToArray() switch
        {
            [var program] => Element(new CodeView(ProgramView.Of(program, chain, MapControl.FirstPort(session)), [.. CodeLineView.Of(program)])),
            [] => ControlError.NoSuchProgram(request.Id is { } id ? $"with id {id}" : $"'{request.Name}'"),
            var several => ControlError.WhichProgram(request.Name!, several.Select(p => p.Id)),
        };
    });

    InputError? NoSuchPort(string name) => session.Ports.Any(p => p.Name == name) ? null : ControlError.NoSuchPort(name, session.Ports.Select(p => p.Name));

    Problem? RefusePorts(ControlRequest request)
    {
        if (request.Ports is not { Count: > 0 } ports) return ControlError.Missing("ports");
        if (ports.Select(NoSuchPort).FirstOrDefault(p => p is not null) is { } wrong) return wrong;
        return session.Ports.All(p => ports.Contains(p.Name)) ? null : ControlError.SomePorts(session.Ports.Select(p => p.Name));
    }

    static Result<uint?> ActionsOf(ControlRequest request) =>
        request.Actions is null ? (uint?)null : ActionWords.Parse(request.Actions).Try(out uint set, out var problem) ? (uint?)set : problem;

    Result<(ObjectSpec Source, ProgramSpec Program)> Read(ControlRequest request)
    {
        if (Need(request.Object, "object", out var path) is { } missing) return missing;
        if (!IsAbsolute(path)) return ControlError.NotAbsolute(path);
        if (!ObjectLoader.LoadFile(path, options).Try(out var source, out var problem)) return problem;
        return source.Program(request.Program).Try(out var program, out problem) ? (source, program) : problem;
    }

    static bool IsAbsolute(string path) => Path.IsPathRooted(path) && !path.Contains('\0');
}
