namespace Chainring.Kernels;

/// <summary>Error numbers that programs see as negative helper results and that map operations return (<c>errno.h</c>).</summary>
public static class Errno
{
    public const int NoEntry = 2;
    public const int TooBig = 7;
    public const int NoMemory = 12;
    public const int Access = 13;
    public const int Exists = 17;
    public const int Invalid = 22;
    public const int Overflow = 75;
    public const int NotSupported = 524;
}
