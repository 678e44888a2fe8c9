using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Chainring.Host.Driver;

/// <summary>How all JSON of the command is written and read: snake_case names, indented, absent values left out.</summary>
public static class JsonText
{
    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { DemandOnlyWhatIsNeverNull } },
    };

    /// <summary>The same on few lines, for what is mostly numbers.</summary>
    static readonly JsonSerializerOptions Dense = new(Options) { WriteIndented = false };

    public static string Of<T>(T value) => JsonSerializer.Serialize(value, Options) + "\n";

    public static void Write<T>(Stream stream, T value, bool dense = false)
    {
        JsonSerializer.Serialize(stream, value, dense ? Dense : Options);
        stream.WriteByte((byte)'\n');
    }

    /// <summary>Null if it says null; a <see cref="JsonException"/> says why it cannot be read.</summary>
    public static T? Read<T>(Stream stream) => JsonSerializer.Deserialize<T>(stream, Options);

    /// <summary>What is null is left out, and so may be missing.</summary>
    static void DemandOnlyWhatIsNeverNull(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            bool mayBeNull = property.IsSetNullable || property.AssociatedParameter is { IsNullable: true } or { HasDefaultValue: true };
            if (property.IsRequired && mayBeNull) property.IsRequired = false;
        }
    }
}
