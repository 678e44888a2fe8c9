namespace Chainring.Kernels;

/// <summary>
/// Error numbers (<c>errno.h</c>): programs see them as negative helper results, map operations return them so, and the driver
/// turns refusals into them.
/// </summary>
public static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int TooBig = 7;
    public const int BadDescriptor = 9;
    public const int Again = 11;
    public const int NoMemory = 12;
    public const int Access = 13;
    public const int Fault = 14;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int NoDevice = 19;
    public const int Invalid = 22;
    public const int NoSpace = 28;
    public const int Range = 34;
    public const int Loop = 40;
    public const int NoData = 61;
    public const int Link = 67;
    public const int Protocol = 71;
    public const int Overflow = 75;
    public const int BadDescriptorState = 77;
    public const int ProtocolNotSupported = 93;
    public const int OperationNotSupported = 95;
    public const int FamilyNotSupported = 97;
    public const int Stale = 116;
    public const int NotSupported = 524;
}
