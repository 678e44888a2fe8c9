using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Chainring.Offload;

namespace Chainring.Host.Driver.Control;

/// <summary>How a running card is told what to do: a line of JSON there, a line of JSON back, as often as wanted, in UTF-8.</summary>
/// <remarks><code>
/// {"chainring":1,"command":"chain-insert","stage":"tap","object":"/home/me/tap.o","after":"firewall","actions":["drop"],"expected_revision":3}
/// {"chainring":1,"ok":true,"result":{"revision":4}}
/// {"chainring":1,"ok":false,"problem":{"id":"C24","name":"stale-revision","sentence":"...","bad_input":false,"errno":116}}
/// </code>
/// What a command takes and gives is in <see cref="ControlCommands"/>, the results in <c>ControlViews.cs</c>. Files are named by absolute paths and read by the card: who
/// may speak to it is who runs it. Unknown fields are refused, so that nothing that was asked for is left out silently. The card closes the connection after what
/// is no request, after a line of more than <see cref="MaxLineBytes"/>, and when nothing comes for <see cref="IdleMs"/>.
/// </remarks>
public static class ControlProtocol
{
    public const int Version = 1;

    public const int MaxLineBytes = 1 << 20;

    public const int IdleMs = 10_000;

    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 16,
    };

    /// <summary>A line without its end.</summary>
    public static byte[] Write<T>(T message) => JsonSerializer.SerializeToUtf8Bytes(message, Options);

    public static JsonElement Element<T>(T value) => JsonSerializer.SerializeToElement(value, Options);

    /// <summary>What a result says.</summary>
    public static T Read<T>(JsonElement result) => result.Deserialize<T>(Options)!;

    /// <summary>Any bytes are a request or a problem.</summary>
    public static Result<ControlRequest> ReadRequest(ReadOnlySpan<byte> line) => Read<ControlRequest>(line);

    public static Result<ControlReply> ReadReply(ReadOnlySpan<byte> line) => Read<ControlReply>(line);

    static Result<T> Read<T>(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Options) is { } message ? message : ControlError.BadRequest("it is null");
        }
        catch (JsonException e)
        {
            return ControlError.BadRequest(e.Message);
        }
    }
}

/// <summary>A command with what it needs; the others are null.</summary>
/// <param name="Chainring">The version of the protocol.</param>
/// <param name="Stage">The alias of a stage of the chain.</param>
/// <param name="Object">The absolute path of an object.</param>
/// <param name="Program">A program of the object; without it, the only XDP program there is.</param>
/// <param name="Priority">libxdp's.</param>
/// <param name="Actions">See <see cref="ActionWords"/>.</param>
/// <param name="File">The absolute path of a chain file.</param>
/// <param name="Id">Of a program or map.</param>
/// <param name="Name">Of a program, by its function or its stage; of a map, also with the stage before it (<c>counter.by_protocol</c>).</param>
/// <param name="Key">Hex digits, bytes as they lie in memory.</param>
/// <param name="Value">The same; of a per-CPU map the value for every CPU.</param>
/// <param name="Flags"><c>any</c>, <c>exist</c>, <c>noexist</c>.</param>
/// <param name="ExpectedRevision">What the chain's revision must be, or the request is refused.</param>
public sealed record ControlRequest(
    [property: JsonRequired] int Chainring, [property: JsonRequired] string Command, IReadOnlyList<string>? Ports = null, string? Stage = null, string? Object = null, string? Program = null,
    long? Priority = null, IReadOnlyList<string>? Actions = null, string? Before = null, string? After = null, string? File = null, uint? Id = null, string? Name = null, bool? All = null,
    string? Key = null, string? Value = null, string? Flags = null, ulong? ExpectedRevision = null);

/// <summary>Either a result or a problem.</summary>
public sealed record ControlReply([property: JsonRequired] int Chainring, [property: JsonRequired] bool Ok, JsonElement? Result = null, ControlProblem? Problem = null)
{
    public static ControlReply Of(JsonElement result) => new(ControlProtocol.Version, true, result);

    public static ControlReply Of(Problem problem) => new(ControlProtocol.Version, false, Problem: ControlProblem.Of(problem));
}

/// <summary>A problem as it goes over the wire.</summary>
/// <param name="Errno">Positive; null if the kernel has none for it.</param>
public sealed record ControlProblem(string Id, string Name, string Sentence, bool BadInput, int? Errno = null)
{
    public static ControlProblem Of(Problem problem) => new(problem.Id, problem.Name, problem.Sentence, problem.IsBadInput, problem switch
    {
        ControlRefusal { Errno: not 0 and var errno } => errno,
        Kernels.Refusal refusal => RefusalErrno.Of(refusal),
        _ => null,
    });

    /// <summary>The same for those who asked, with the error number in words.</summary>
    public Problem ToProblem()
    {
        string sentence = Errno is { } errno ? $"{Sentence}: {ErrnoText.Of(errno)}" : Sentence;
        return BadInput ? new InputError(Id, Name, sentence) : new ControlRefusal(Id, Name, sentence, Errno ?? 0);
    }
}
