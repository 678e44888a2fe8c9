namespace Chainring.Host.Driver;

/// <summary>Why a file could not be opened, in a few words without the runtime's own path and punctuation.</summary>
public static class FileErrors
{
    public static string Reason(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
        UnauthorizedAccessException => "Permission denied",
        _ => e.Message,
    };
}
