using Chainring.Offload;

namespace Chainring.Host.Driver;

/// <summary>Kernel configuration values as people give them: one by one, or as a kernel's own <c>.config</c>.</summary>
public static class KernelConfigFile
{
    /// <summary>Takes over <c>NAME=VALUE</c>, or every such line of a file; what is said later counts.</summary>
    public static Problem? Read(string text, Dictionary<string, string> into)
    {
        int equals = text.IndexOf('=');
        if (equals > 0 && !File.Exists(text))
        {
            into[text[..equals]] = text[(equals + 1)..];
            return null;
        }
        try
        {
            foreach (string line in File.ReadLines(text))
            {
                int at = line.IndexOf('=');
                if (at > 0 && !line.StartsWith('#')) into[line[..at].Trim()] = line[(at + 1)..].Trim();
            }
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ChainFileError.UnreadableConfig(text, FileErrors.Reason(e, text));
        }
    }
}
