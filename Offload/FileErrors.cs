namespace Chainring.Offload;

/// <summary>Why a file could not be opened or written, in a few words without the runtime's own path and punctuation.</summary>
public static class FileErrors
{
    /// <param name="path">The file, if it is known: it may turn out to be a folder, which the runtime calls a lack of permission.</param>
    public static string Reason(Exception e, string? path = null) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
        UnauthorizedAccessException when Directory.Exists(path) => "Is a directory",
        UnauthorizedAccessException => "Permission denied",
        PathTooLongException => "File name too long",
        _ => Bare(e.Message),
    };

    /// <summary><c>No space left on device : '/tmp/x'</c> without what follows the words of strerror(3).</summary>
    static string Bare(string message)
    {
        int end = message.IndexOf(" : '", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }
}
